"""The three tables as Mermaid diagrams: `python -m service.domain.diagrams` writes docs/states.md.

A test compares the committed page with the tables, so the page cannot tell another story.
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Final

from service.domain.states import STATES, TABLES, Actor, Machine, Rule, State

PAGE: Final = Path(__file__).parents[2] / "docs" / "states.md"
ORDER: Final = (Machine.NOTICE, Machine.REQUEST, Machine.TAKEDOWN)
ABOUT: Final = {
    Machine.NOTICE: "One message to one addressee. It may carry many requests.",
    Machine.REQUEST: (
        "One takedown asked of one addressee. What they say may change: a later answer replaces an"
        " earlier one. The picture draws all states of a request that was asked as one box; the"
        " table has each move from, to and between them."
    ),
    Machine.TAKEDOWN: "One address in one case.",
}
ANSWERS: Final = "answered"
"""The box that stands for the answers of an addressee, each of which may follow any other."""
_BOXED: Final = {
    Machine.REQUEST: (
        *("asked", "acknowledged", "in_review", "needs_info", "no_answer", "already_reported"),
        *("forwarded", "says_removed", "says_restricted", "refused", "wrong_addressee"),
    )
}


def page() -> str:
    """The whole of docs/states.md."""
    parts = [_HEAD, *(_section(machine) for machine in ORDER)]
    return "\n".join(parts)


_HEAD: Final = """\
# The three machines

<!-- Written by `python -m service.domain.diagrams` from service/domain/states.py. Do not edit. -->

Three questions are never mixed: did our notice arrive, what did they say, and what is seen there.
Each is answered by a machine of its own. The tables below are the ones that the product runs on;
the database refuses every move that is not in them.

An arrow names the event. Those marked with a star may be caused by a person; all others are the
engine's alone. A request or a takedown may be withdrawn from every other state; those arrows are
left out of the pictures.
"""


def _section(machine: Machine) -> str:
    title = STATES[machine].__doc__ or ""
    name = machine.value.capitalize()
    lines = [f"## {name}: {title[0].lower()}{title[1:]}", "", ABOUT[machine], "", diagram(machine)]
    return "\n".join([*lines, "", _states(machine), "", _moves(machine), ""])


def diagram(machine: Machine) -> str:
    """One machine as a Mermaid state diagram."""
    boxed = _BOXED.get(machine, ())
    arrows: dict[tuple[str, str], list[str]] = {}
    for rule in TABLES[machine]:
        if rule.event.value == "withdraw":
            continue
        source, target = _place(rule.source, boxed), _place(rule.target, boxed)
        if source == target:
            continue
        label = _label(rule)
        labels = arrows.setdefault((source, target), [])
        if label not in labels:
            labels.append(label)
    lines = ["```mermaid", "stateDiagram-v2"]
    if boxed:
        lines += [f"    state {ANSWERS} {{", *(f"        {name}" for name in boxed), "    }"]
    lines += [f"    {a} --> {b}: {', '.join(labels)}" for (a, b), labels in arrows.items()]
    sources = {rule.source for rule in TABLES[machine]}
    lines += [f"    {s.value} --> [*]" for s in STATES[machine] if s not in sources]
    return "\n".join([*lines, "```"])


def _place(state: State | None, boxed: tuple[str, ...]) -> str:
    if state is None:
        return "[*]"
    return ANSWERS if state.value in boxed else state.value


def _label(rule: Rule) -> str:
    person = rule.by - {Actor.ENGINE}
    return f"{rule.event.value}*" if person else rule.event.value


def _states(machine: Machine) -> str:
    lines = ["| state | meaning |", "|---|---|"]
    meanings = meanings_of(machine)
    lines += [f"| `{s.value}` | {meanings[s.name]} |" for s in STATES[machine]]
    return "\n".join(lines)


def meanings_of(machine: Machine) -> dict[str, str]:
    """What each state means: the comment behind it in the source, by name."""
    source = inspect.getsource(STATES[machine])
    return dict(re.findall(r"^    (\w+) = \"\w+\"  # (.+)$", source, re.MULTILINE))


def _moves(machine: Machine) -> str:
    """The table, with the sources that share a line gathered into one row."""
    rows: dict[tuple[str, str, str, str], list[str]] = {}
    for rule in TABLES[machine]:
        by = ", ".join(actor.value for actor in Actor if actor in rule.by)
        effects = ", ".join(effect.value for effect in rule.effects)
        key = (rule.event.value, rule.target.value, by, effects)
        rows.setdefault(key, []).append(f"`{rule.source.value}`" if rule.source else "(new)")
    lines = ["| from | event | to | who may | what follows |", "|---|---|---|---|---|"]
    for (event, target, by, effects), sources in rows.items():
        lines.append(f"| {', '.join(sources)} | `{event}` | `{target}` | {by} | {effects} |")
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
