"""What could not be translated, and what was left out."""

import ast
from dataclasses import dataclass, field


class Untranslated(Exception):
    """A piece of Python that has no Rust here: where it stands, why, and what to write by hand."""

    def __init__(self, node, why, by_hand="write it by hand"):
        super().__init__(why)
        self.line = getattr(node, "lineno", None) if isinstance(node, ast.AST) else node
        self.why = why
        self.by_hand = by_hand


@dataclass
class Report:
    """The todos, which make the exit code, and the notes, which do not."""

    todos: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    # What `new` does not set as Python's `__init__` does, and what is not told as Python tells it.
    weights: list = field(default_factory=list)
    # Numbers that stand in `new` of several classes.
    several: list = field(default_factory=list)
    # Loops of `__init__` that are none of `new`.
    loops: list = field(default_factory=list)
    others: list = field(default_factory=list)
    # Attributes that are no members, and variables.
    unread: list = field(default_factory=list)
    # What `__init__` asks of its arguments, and raises where it does not hold.
    checks: list = field(default_factory=list)
    # From where on `new` draws in another order than Python's `__init__`.
    order: str = ""
    # What torch.export said, where it was asked.
    exported: str = ""

    def todo(self, place, error):
        """The words that stand in the code as well."""
        words = f"{place}: {error.why}; {error.by_hand}"
        once(self.todos, words)
        return words

    def note(self, words):
        once(self.notes, words)

    def left_out(self, place, node, taken):
        """The side of a condition that is not taken."""
        test, other = ast.unparse(node.test), node.orelse
        if isinstance(node, ast.IfExp):
            words = f"`{ast.unparse(other if taken else node.body)}` of `… if {test} else …`"
        elif not taken:
            words = f"the body of `if {test}`"
        elif not other:
            words = f"the question `if {test}`, which always holds"
        elif isinstance(other[0], ast.If) and other[0].col_offset == node.col_offset:
            words = f"the `elif {ast.unparse(other[0].test)}` behind `if {test}`"
        else:
            words = f"the `else` of `if {test}`"
        self.note(f"{place}: {words}")

    def decided(self, place, part, whole, holds):
        """A part of a condition that is the same for every input, and not there therefore."""
        self.note(f"{place}: `{ast.unparse(part)}` of `{ast.unparse(whole)}`, which {'always' if holds else 'never'} holds")

    def nothing_reads(self, words):
        once(self.unread, words)

    def unchecked(self, words):
        once(self.checks, words)

    def repeated(self, words):
        once(self.several, words)

    def comes(self, words):
        once(self.weights, words)

    def unrolled(self, words):
        once(self.loops, words)

    def otherwise(self, words):
        once(self.others, words)

    def text(self, title):
        lines = [title, ""]
        if self.todos:
            lines += ["To write by hand (a todo! with the same words stands in the code):", ""]
            lines += [f"- {todo}" for todo in self.todos] + [""]
        else:
            lines += ["All of it was translated.", ""]
        for heading, told in (
            ("Left out, since the model never gets there, as it is made and called here:", self.notes),
            ("What nothing reads, and what is not there therefore:", self.unread),
            ("Checks of the arguments of `__init__`, which `new` does not make:", self.checks),
            ("Handed from class to class in Python, and written in `new` of each here; change them together:", self.several),
            ("Loops of `__init__` whose layers stand one by one in `new`:", self.loops),
            ("Comes with the weights; `new` sets what PyTorch's layers set themselves, and zeros elsewhere:", self.weights),
            ("Drawn as in Python, but in another order, so that one seed gives other numbers of the same kind:", [self.order] * bool(self.order)),
            ("Otherwise than in Python:", self.others),
        ):
            lines += [heading, "", *(f"- {words}" for words in told), ""] if told else []
        lines += [self.exported, ""] if self.exported else []
        return "\n".join(lines)


def once(held, words):
    """What is met again is told once."""
    if words not in held:
        held.append(words)
