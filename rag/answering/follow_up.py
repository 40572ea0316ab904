"""A follow-up question as it would be asked alone: "Why?", "And in 1990?", "When did he say that?".

Rules over closed classes of English words; a language model of the size that runs here is not
trusted with it. Takes only earlier *questions*: an earlier answer is never evidence, and here it is
not even read. A question that stands alone is left exactly as it is. Where no rule can say what a
word stands for, the earlier question is added in brackets, for retrieval and reader to use.
"""

import re
from collections.abc import Sequence

from rag.answering.question_parts import (
    AUXILIARY,
    PREPOSITION,
    WH,
    Part,
    asked_for,
    find_parts,
    what_it_is,
)

_EARLIER_QUESTIONS = 4
"""Further back nothing is looked for; each may be a follow-up itself."""

_LEAD = re.compile(r"^\W*(?:and|but|so|or|ok(?:ay)?|then)\b[\s,]*(?=\w)", re.IGNORECASE)
_ABOUT = re.compile(r"^\W*(?:and\s+)?(?:what|how)\s+about\s+", re.IGNORECASE)
_ASKS = re.compile(rf"^\W*(?:{PREPOSITION}\s+)?(?:{WH}|{AUXILIARY})\b", re.IGNORECASE)
_SHORT_ASK = re.compile(
    rf"^\W*(?:{PREPOSITION}\s+)?(?:(?:why|when|where|how|who|whom|what|which)(?:\s+(?:not|exactly|so))?"
    rf"|how\s+\w+(?:\s+\w+)?|(?<=\s)(?:what|which|whose)\s+\w+|what\s+\w+)\W*$",
    re.IGNORECASE,
)
_HAS_AUXILIARY = re.compile(rf"\b{AUXILIARY}\b", re.IGNORECASE)
_STARTS_WITH_PREPOSITION = re.compile(rf"^\W*(?P<preposition>{PREPOSITION})\s+", re.IGNORECASE)
_PERSON = re.compile(r"\b(?:he|she|him|her|his|hers)\b(?!['’])", re.IGNORECASE)
_THING = re.compile(r"\b(?:it|its|they|them|their|theirs)\b(?!['’])", re.IGNORECASE)
_ARTICLES = {"the", "a", "an"}
_POSSESSIVES = {"his", "its", "their"}
_NOUN_FOLLOWS = re.compile(rf"\s+(?!(?:{AUXILIARY}|{PREPOSITION})\b)[a-z]", re.IGNORECASE)
_THEY = re.compile(r"\b(?:they|them|theirs?)\b", re.IGNORECASE)
_PLURAL = re.compile(r"[^s]s$|people$")
_LAST = re.compile(
    r"\b(?:it|him|her|them|that|this|these|those|there|then|so|too)"
    rf"(?:\s+(?:{PREPOSITION}|first|now|yet|again|exactly))?\W*$",
    re.IGNORECASE,
)
_POINTING = re.compile(
    rf"\b(?:{AUXILIARY}|{PREPOSITION})\s+(?:this|these|those)\b"
    rf"(?!\s+(?:{PREPOSITION}|who|that|which)\b)"
    r"|\b(?:is|are|was|were|do|does|did|of|about|after|before|by|since)\s+that\b"
    r"(?!\s+(?:it|they|he|she)\b)"
    r"|\b(?:the|an?|which|next|last|other)\s+(?:\w+\s+)?ones?\W*$"
    r"|\bthe\s+others?(?:\s+(?:two|three|four|five|\d+))?\W*$",
    re.IGNORECASE,
)
_EXISTS = re.compile(rf"(?:^|\b{AUXILIARY}\s+)there\b", re.IGNORECASE)
_THERE = re.compile(r"\bthere\b", re.IGNORECASE)
_IMPERSONAL = re.compile(
    r"\bit\s+(?:(?:take|took|cost)s?\b.*\bto\b|(?:im)?possible\b|necessary\b|when\b|that\b)",
    re.IGNORECASE,
)
_CONJUNCTION = re.compile(
    r"\b(?:when|after|before|if|because|while|once|until|since|where|that)\s+$", re.IGNORECASE
)
_FUNCTION_WORD = re.compile(
    rf"(?:{AUXILIARY}|{WH}|{PREPOSITION}|and|the|an?|many|much|most|some|all|kind|type|sort|name)$",
    re.IGNORECASE,
)
_NEW_ONE = re.compile(r"^(?:the|an?)?\s*(?P<kind>[\w-]+)\s+ones?$", re.IGNORECASE)
_NUMBER = re.compile(r"\b\d[\d.,]*\b")
_ASKS_FOR_A_KIND = re.compile(
    rf"^\W*(?:{PREPOSITION}\s+)?(?:what|which)\s+(?!{AUXILIARY}\b)\w+", re.IGNORECASE
)
_NOT_PERSONS = re.compile(r"^[Tt]he\b|^[^\W\d_a-z]{2,}$")
_PLACE = re.compile(r"\b(?:in|at|near|from|to)\s+$", re.IGNORECASE)


def understand(question: str, history: Sequence[str] = ()) -> str:
    """Return `question` as it stands alone after the questions of `history`, oldest first."""
    before = ""
    for earlier in history[-_EARLIER_QUESTIONS:]:
        if _words(earlier):
            before = _understand(earlier, before)
    return _understand(question, before)


def _understand(question: str, before: str) -> str:
    plain = _ABOUT.sub("", _LEAD.sub("", question)).strip()
    if not before or not _words(plain):
        return question
    if _is_replacement(question, plain):
        return _replaced(plain, before)
    if _is_short_ask(plain):
        return _asked_again(plain, before)
    if _refers_back(plain):
        return _resolved(plain, before)
    return question


def _is_replacement(question: str, plain: str) -> bool:
    """Return whether all of it is something else to ask the earlier question about."""
    if _ABOUT.match(question) is not None:
        return _HAS_AUXILIARY.search(plain) is None  # "What about the deal has not been said?"
    if _ASKS.match(plain):
        return False
    words = plain.split()
    if _LEAD.match(question):
        return len(words) <= 8
    return question.rstrip().endswith("?") and (
        len(words) == 1 or (len(words) <= 4 and _STARTS_WITH_PREPOSITION.match(plain) is not None)
    )


def _is_short_ask(plain: str) -> bool:
    """Return whether it asks ("Why", "In which year", "How many soldiers") but has no verb."""
    return _SHORT_ASK.match(plain) is not None and _HAS_AUXILIARY.search(plain) is None


def _refers_back(plain: str) -> bool:
    """Return whether a word of it stands for something that it does not name itself."""
    if _IMPERSONAL.search(plain):
        return False
    if _LAST.search(plain) or _POINTING.search(plain):
        return True
    if _THERE.search(plain) and not _EXISTS.search(plain):
        return True
    found = [match for match in (_PERSON.search(plain), _THING.search(plain)) if match]
    return bool(found) and not _is_named_before(min(found, key=lambda match: match.start()), plain)


def _is_named_before(pronoun: re.Match[str], plain: str) -> bool:
    """Return whether words of the question before its pronoun can be what that stands for."""
    before = plain[: pronoun.start()]
    content = [word for word in _words(before) if not _FUNCTION_WORD.match(word)]
    if pronoun.group().lower() in ("its", "their"):
        return bool(content)
    if _CONJUNCTION.search(before) and len(content) > 1:
        return True
    is_owner = pronoun.group().lower() in _POSSESSIVES
    for part in find_parts(before):
        between = plain[part.end : pronoun.start()].strip()
        is_clause = not between and not is_owner and len(part.text.split()) <= 3
        if not is_clause and between != "of":  # "the city it lies in" and "the end of it" are none
            return True
    return False


def _replaced(plain: str, before: str) -> str:
    """Return the earlier question with what `plain` names in place of what it goes with."""
    new = plain.rstrip(" ?.!")
    old = _counterpart(new, before)
    if one := _NEW_ONE.match(new):
        new = one["kind"]
    if old is not None:
        return before[: old.start] + new + before[old.end :]
    if _NEW_ONE.match(plain.rstrip(" ?.!")):
        return _with_context(plain, before)
    if _STARTS_WITH_PREPOSITION.match(new):
        return f"{_clause(before)} {new}?"
    return f"{_clause(before)} ({new})?"


def _counterpart(new: str, before: str) -> Part | None:
    """Return the part of the earlier question that `new` replaces."""
    if one := _NEW_ONE.match(new):
        return _modifier(one["kind"], before)
    if preposition := _STARTS_WITH_PREPOSITION.match(new):
        return _after_preposition(preposition["preposition"], new, before)
    if _NUMBER.fullmatch(new):
        numbers = list(_NUMBER.finditer(before))
        return _part(numbers[-1], is_name=False) if numbers else None
    parts = find_parts(before)
    noun = _words(new)[-1]
    head = re.search(rf"\b(?:the|an?)\s+(?:\S+\s+){{0,5}}?{re.escape(noun)}\b", before)
    if head and not _is_name(new):
        return _part(head, is_name=False)
    shared = [part for part in parts if set(_words(new)) & set(_words(part.text)) - _ARTICLES]
    same_kind = [part for part in parts if part.is_name == _is_name(new)]
    chosen = shared or same_kind or parts
    return chosen[-1] if chosen else None


def _modifier(kind: str, before: str) -> Part | None:
    """Return what `kind` replaces: another name, or what stands between an article and a noun."""
    if kind[:1].isupper():
        names = [part for part in find_parts(before) if part.is_name]
        if names:
            last = re.search(r"\S+$", names[-1].text)
            start = names[-1].start + (last.start() if last else 0)
            return Part(text=kind, start=start, end=names[-1].end, is_name=True)
    modified = list(re.finditer(r"\b(?:the|an?)\s+(?P<kind>[\w-]+)\s+(?=\w)", before))
    modified = [
        m for m in modified if not re.match(rf"(?:{PREPOSITION}|{AUXILIARY})\b", before[m.end() :])
    ]
    if not modified:
        return None
    start, end = modified[-1].span("kind")
    return Part(text=before[start:end], start=start, end=end, is_name=False)


def _after_preposition(preposition: str, new: str, before: str) -> Part | None:
    """Return the part of `before` that begins with the same preposition; the likest if several."""
    thing = new[len(preposition) :].strip()
    found = [
        Part(
            text=before[match.start() : part.end],
            start=match.start(),
            end=part.end,
            is_name=part.is_name,
        )
        for part in [*find_parts(before), *_lower_case_ends(before), *_numbers(before)]
        for match in re.finditer(rf"\b{preposition}\s+$", before[: part.start], re.IGNORECASE)
    ]

    def likeness(part: Part) -> tuple[bool, bool, bool, int]:
        old = part.text[len(preposition) :].strip()
        return (
            bool(_NUMBER.fullmatch(old)) == bool(_NUMBER.fullmatch(thing)),
            part.is_name == _is_name(thing),
            old.startswith("the ") == thing.startswith("the "),
            part.start,
        )

    return max(found, key=likeness, default=None)


def _lower_case_ends(before: str) -> list[Part]:
    """Return the last words, if lower case after a preposition: "… in winter?"."""
    match = re.search(rf"\b{PREPOSITION}\s+([a-z-]+)\W*$", before)
    return [] if match is None else [_part(match, is_name=False, group=1)]


def _numbers(before: str) -> list[Part]:
    return [_part(match, is_name=False) for match in _NUMBER.finditer(before)]


def _asked_again(plain: str, before: str) -> str:
    """Return the earlier question, asking for what `plain` asks."""
    asked = asked_for(before)
    if asked is None:
        return _with_context(plain, before)
    rest = before[len(asked) :].strip()
    if not asked:
        rest = rest[:1].lower() + rest[1:]
    new = plain.rstrip(" ?.!")
    return f"{new[:1].upper()}{new[1:]} {rest}"


def _resolved(plain: str, before: str) -> str:
    """Return `plain` with its pronouns replaced where that is plain, or else with the context."""
    question = plain[:1].upper() + plain[1:]
    person = _PERSON.search(plain)
    pronoun = _PERSON if person else _THING
    meant = (
        _person_meant(before) if person else _thing_meant(before, _THEY.search(plain) is not None)
    )
    if meant is None or not pronoun.search(plain):
        return _with_context(plain, before)

    def name(match: re.Match[str]) -> str:
        word = match.group().lower()
        follows = _NOUN_FOLLOWS.match(question, match.end())
        possessive = word in _POSSESSIVES or (word == "her" and follows)
        return f"{meant}'s" if possessive and not str(meant).endswith("'s") else str(meant)

    replaced = pronoun.sub(name, question)
    return _with_context(replaced, before) if _LAST.search(replaced) else replaced


def _person_meant(before: str) -> str | None:
    """Return the person asked about before: X of "Who is X?", or else the last such name."""
    if re.match(r"^\W*who\b", before, re.IGNORECASE) and (thing := what_it_is(before)):
        return thing
    persons = [
        part
        for part in find_parts(before)
        if part.is_name
        and not _NOT_PERSONS.match(part.text)
        and not _PLACE.search(before[: part.start])
    ]
    owners = [part for part in persons if re.match(r"['’]s\b", before[part.end :])]
    chosen = owners or persons
    return chosen[-1].text if chosen else None


def _thing_meant(before: str, is_plural: bool) -> str | None:
    """Return the thing asked about before: X of "What is X?", or else the only one."""
    if thing := what_it_is(before):
        return thing
    parts = find_parts(before)
    if _ASKS_FOR_A_KIND.match(before) or len(parts) != 1:
        return None  # "What law recognized the school?": the law, or the school
    fits = parts[0].is_name or is_plural == bool(_PLURAL.search(parts[0].text))
    return parts[0].text if fits else None


def _with_context(plain: str, before: str) -> str:
    question = _clause(plain)
    context = _clause(before).replace(" (", "; ").replace(")", "")
    return f"{question[:1].upper()}{question[1:]} ({context})?"


def _clause(question: str) -> str:
    return question.rstrip(" ?.!")


def _is_name(text: str) -> bool:
    bare = re.sub(r"^(?:the|an?)\s+", "", text, flags=re.IGNORECASE)
    return bare[:1].isupper()


def _words(text: str) -> list[str]:
    return [word.casefold() for word in re.findall(r"[\w'’-]+", text)]


def _part(match: re.Match[str], *, is_name: bool, group: int = 0) -> Part:
    return Part(
        text=match.group(group), start=match.start(group), end=match.end(group), is_name=is_name
    )
