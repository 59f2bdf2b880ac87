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
        if words not in self.todos:
            self.todos.append(words)
        return words

    def note(self, words):
        if words not in self.notes:
            self.notes.append(words)

    def left_out(self, place, node, taken):
        """The side of a condition that is not taken."""
        side = "the `else`" if taken else "the body"
        self.note(f"{place}: {side} of `if {ast.unparse(node.test)}`" if isinstance(node, ast.If) else f"{place}: {side} of `{ast.unparse(node)}`")

    def nothing_reads(self, words):
        if words not in self.unread:
            self.unread.append(words)

    def unchecked(self, words):
        if words not in self.checks:
            self.checks.append(words)

    def comes(self, words):
        if words not in self.weights:
            self.weights.append(words)

    def unrolled(self, words):
        if words not in self.loops:
            self.loops.append(words)

    def otherwise(self, words):
        if words not in self.others:
            self.others.append(words)

    def text(self, title):
        lines = [title, ""]
        if self.todos:
            lines += ["To write by hand (a todo! with the same words stands in the code):", ""]
            lines += [f"- {todo}" for todo in self.todos] + [""]
        else:
            lines += ["All of it was translated.", ""]
        if self.notes:
            lines += ["Left out, since this model never comes there:", ""]
            lines += [f"- {note}" for note in self.notes] + [""]
        if self.unread:
            lines += ["What nothing reads, and what is not there therefore:", ""]
            lines += [f"- {told}" for told in self.unread] + [""]
        if self.checks:
            lines += ["Checks of the arguments of `__init__`, which `new` does not make:", ""]
            lines += [f"- {check}" for check in self.checks] + [""]
        if self.loops:
            lines += ["Loops of `__init__` whose layers stand one by one in `new`:", ""]
            lines += [f"- {loop}" for loop in self.loops] + [""]
        if self.weights:
            lines += ["Comes with the weights; `new` sets what PyTorch's layers set themselves, and zeros elsewhere:", ""]
            lines += [f"- {told}" for told in self.weights] + [""]
        if self.order:
            lines += ["Drawn as in Python, but in another order, so that one seed gives other numbers of the same kind:", ""]
            lines += [f"- {self.order}", ""]
        if self.others:
            lines += ["Otherwise than in Python:", ""]
            lines += [f"- {told}" for told in self.others] + [""]
        lines += [self.exported, ""] if self.exported else []
        return "\n".join(lines)
