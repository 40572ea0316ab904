from random import Random

import pytest

from training.documents import OWN
from training.pair_texts import PairText, pair_texts
from training.renumber import renumbered

FIELDS = ("yes", "no", "open", "supported", "contradicted", "unsaid", "answers", "close")


def text_of(text, **said):
    return PairText(
        {"title": "Rules", "under": "", "text": text} | dict.fromkeys(FIELDS, []) | said
    )


def numbers(said):
    return [int(word) for word in said.replace(".", " ").split() if word.isdigit()]


def test_what_is_below_on_and_above_a_limit_stays_so():
    pool = text_of(
        "The slide is for those over 16. A locker costs 40 cents.",
        yes=["im 17 can i use the slide"],
        no=["im 16 can i use the slide", "my son is 11 can he use the slide"],
    )
    seen = set()
    for seed in range(50):
        new = renumbered(pool, Random(seed))
        limit, price = numbers(new.text)
        (above,), (on, below) = (
            [number for said in new.fields[name] for number in numbers(said)]
            for name in ("yes", "no")
        )
        assert below < limit == on < above < price
        seen.add((below, limit, above))
    assert len(seen) > 30


@pytest.mark.parametrize(
    "asked",
    [
        "is it 80 for two of us",
        "we are twelve, is that too many",
        "can 3 adults and 4 children come",
        "is 600 g all right",
        "can i come at 6",
    ],
    ids=["reckoned", "a word", "two numbers", "another unit", "perhaps a time"],
)
def test_what_may_not_stay_true_is_left_out(asked):
    fair = text_of("It costs 40. Bags up to 5 kg. Open until 18:00.", yes=[asked, "is 33 enough"])
    (said,) = renumbered(fair, Random(1)).fields["yes"]
    assert said.endswith(" enough")


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Closed since 1962, ring 01632 960 123.", "was it shut in 1970"),
        ("Hand it in by the 28th or 14 March.", "is the 29th too late"),
        ("Groups of twelve or more pay less.", "we are 13, do we pay less"),
    ],
    ids=["year", "dates", "a word"],
)
def test_years_dates_and_numbers_in_words_are_left_alone(text, asked):
    assert renumbered(text_of(text, yes=[asked]), Random(1)) is None


def test_thousands_and_what_is_behind_a_point_stay_as_they_were_written():
    new = renumbered(
        text_of("A fee of 4.50 up to 10,000 and 45 more.", no=["is it 50 more"]), Random(3)
    )
    fee, most = new.text.split()[3], new.text.split()[6]
    assert fee.endswith(".50")
    assert "," in most


def test_hundreds_of_the_texts_to_learn_from_can_have_other_numbers():
    texts, _ = pair_texts(OWN / "pairs")
    found = [each for text in texts if (each := renumbered(text, Random(2)))]
    assert len(found) > 500
