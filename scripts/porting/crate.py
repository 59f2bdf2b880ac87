"""What the crate offers, read from its sources: functions with their arguments."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Argument:
    name: str
    type: str
    required: bool
    default: str | None


@dataclass(frozen=True)
class Function:
    """`path(required…)`, and `options(required…).keyword(…).call()`."""

    path: str
    options: str
    arguments: tuple
    result: str

    def argument(self, name):
        return next((argument for argument in self.arguments if argument.name == name), None)


HEAD = re.compile(r"#\[function(?:\(options = (\w+)\))?\]\s*(?:#\[[^\]]*\]\s*)*pub fn ([\w$]+)(?:<[^(]*>)?\(")


def split(text):
    """At the commas that stand in no bracket."""
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text):
        depth += (c in "([{<") - (c in ")]}" or (c == ">" and text[i - 1] != "-"))
        if c == "," and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    return [part.strip() for part in parts + [text[start:]] if part.strip()]


def read_argument(text):
    attributes = ""
    while text.startswith("#["):
        # The attribute's own brackets: `default = Dims::from([0, 1])`.
        depth = 0
        for end, c in enumerate(text):
            depth += (c == "[") - (c == "]")
            if c == "]" and depth == 0:
                break
        attributes += text[: end + 1]
        text = text[end + 1 :].strip()
    name, type = (part.strip() for part in text.split(":", 1))
    keyword = ("default" in attributes or type.startswith("Option<")) and "start_fn" not in attributes
    default = re.search(r"default = ([^,\])]+)", attributes)
    return Argument(name, type, not keyword, default[1] if default else None)


def read(text, prefix):
    for match in HEAD.finditer(text):
        options, name = match[1], match[2]
        depth, end = 1, match.end()
        while depth:
            depth += (text[end] == "(") - (text[end] == ")")
            end += 1
        arguments = re.sub(r"///[^\n]*\n", "\n", text[match.end() : end - 1])
        arguments = re.sub(r"\$\(\s*\$generator: Option<&Generator>,\s*\)\?", "", arguments)
        result = re.match(r"\s*->\s*([^{]*)", text[end:])
        result = re.sub(r"\s+", " ", result[1]).strip() if result else "()"
        names = [name]
        if name == "$name":
            macro = re.findall(r"macro_rules! (\w+)", text[: match.start()])[-1]
            used = re.search(rf"^{macro}! ?\{{(.*?)^\}}", text[end:], re.S | re.M)
            names = re.findall(r"^\s*(\w+), ", used[1], re.M) if used else []
        for name in names:
            read = tuple(read_argument(re.sub(r"\s+", " ", part)) for part in split(arguments))
            yield name, Function(
                f"{prefix}::{name}", f"{prefix}::{options or name.rstrip('_') + '_options'}", read, result
            )


def functions():
    """By Python's names: ("torch", "cat"), ("F", "relu"), ("nn.init", "normal_"), ("nn.utils.rnn", "pad_sequence")."""
    found = {}
    for folder, python, rust in [("torch", "torch", "torch"), ("nn/functional", "F", "F")]:
        for file in sorted((ROOT / "src" / folder).glob("*.rs")):
            linalg = file.stem == "linalg" and folder == "torch"
            for name, function in read(file.read_text(), f"{rust}::linalg" if linalg else rust):
                found[("torch.linalg" if linalg else python, name)] = function
    for file, python, rust in [("nn/init.rs", "nn.init", "nn::init"), ("nn/utils/rnn.rs", "nn.utils.rnn", "nn::utils::rnn")]:
        for name, function in read((ROOT / "src" / file).read_text(), rust):
            found[python, name] = function
    return found
