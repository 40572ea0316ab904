"""A tiny random model behind the generator: what it can write, how it stops, how it fails."""

import threading
import time
from functools import lru_cache
from threading import Event

import pytest

from rag.answering import generate
from rag.answering.generate import TransformersGenerator, wordings

EVIDENCE = (
    "Kern, a former judge from Linz, was born in 1950 and was buried in Graz, and the town has"
    " kept his house, which is a museum."
)
"""It has seven shorter forms; `tests/test_compression.py` lists them."""
ONLY = "The bridge, a landmark of the city, was opened by the queen in 1932."
QUESTION = "When was Kern born?"


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Threads only slow down what is this small."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def tokenizer():
    """Byte-level BPE with few merges, so that most words are several tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    pieces = Tokenizer(models.BPE())
    pieces.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    pieces.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=330,
        special_tokens=["<end>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    pieces.train_from_iterator([EVIDENCE, QUESTION, "orm udge use ried"], trainer)
    return PreTrainedTokenizerFast(tokenizer_object=pieces, eos_token="<end>", pad_token="<end>")


def tiny_model(tokenizer, seed):
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=2048,
            initializer_range=0.6,
            bos_token_id=None,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.eos_token_id,
        )
    ).eval()


@pytest.fixture(scope="module")
def generators(tokenizer):
    return [TransformersGenerator(tokenizer, tiny_model(tokenizer, n), "tiny") for n in range(6)]


@pytest.fixture(scope="module")
def texts_of(generators):
    """Return what each model writes around an answer."""
    return lru_cache(lambda answer: [write(generator, answer) for generator in generators])


def write(generator, answer="", evidence=(EVIDENCE,), question=QUESTION):
    return "".join(generator.generate(question, evidence, answer, Event()))


ANSWERS = ["1950", "Graz", "a former judge from Linz", "Kern", ""]


@pytest.mark.parametrize(
    ("answer", "count"),
    [("1950", 7), ("Graz", 5), ("a former judge from Linz", 3), ("his house", 3), ("Graz, and", 3)],
)
def test_wordings_are_the_shorter_forms_that_hold_the_answer(answer, count):
    found = wordings("", [EVIDENCE], answer)
    assert len(found) == count
    assert all(answer in wording for wording in found)
    assert found == sorted(found, key=len)


def test_wordings_keep_the_words_of_the_question():
    every = wordings("", [EVIDENCE], "")
    assert any("house" not in wording for wording in every)
    asked = wordings("Where was he buried, in which town with houses?", [EVIDENCE], "")
    assert asked == [wording for wording in every if "house" in wording] != []


def test_wordings_are_at_most_eight_the_shortest():
    """Each of the statements may lose its aside: 2 + 4 + 8 + 16 forms less the whole."""
    evidence = "; ".join(f"{name}, a judge, was ill" for name in ("Kern", "Roth", "Lang", "Wels"))
    found = wordings("", [evidence], "Kern")
    assert len(found) == 8
    assert found[0] == "Kern was ill."


@pytest.mark.parametrize("answer", ANSWERS)
def test_what_is_written_is_one_of_the_wordings(texts_of, answer):
    for text in texts_of(answer):
        assert text.strip() in wordings(QUESTION, [EVIDENCE], answer)


def test_random_models_choose_different_wordings(texts_of):
    """Else the tests beside this one would see one text only."""
    assert len(set(texts_of("1950"))) > 2


def test_white_space_in_the_evidence_and_the_answer_does_not_matter(generators, texts_of):
    wrapped = [EVIDENCE.replace("former judge", "former\n  judge")]
    answer = " a former\t judge from  Linz"
    texts = [write(generator, answer, wrapped) for generator in generators]
    assert texts == texts_of("a former judge from Linz")


@pytest.mark.parametrize("answer", ["1950", ""])
def test_prompt_lookup_changes_nothing_but_the_time(generators, texts_of, monkeypatch, answer):
    monkeypatch.setattr(generate, "_PROMPT_LOOKUP_TOKENS", None)
    assert [write(generator, answer) for generator in generators] == texts_of(answer)


def test_a_generator_writes_the_same_again(generators, texts_of):
    assert write(generators[0], "1950") == texts_of("1950")[0]


@pytest.fixture
def silent_generator(tokenizer):
    """It fails as soon as its model is asked."""
    model = tiny_model(tokenizer, 0)

    def fail(*_):
        pytest.fail("the model was asked")

    model.register_forward_pre_hook(fail)
    return TransformersGenerator(tokenizer, model, "silent")


@pytest.mark.parametrize(
    ("evidence", "answer"),
    [
        ((), ""),
        ((), "1950"),
        ((EVIDENCE, ONLY), "1950"),
        ((EVIDENCE, EVIDENCE), ""),
        # no shorter form holds it: it is not in the evidence, or only what is left out
        ((EVIDENCE,), "1951"),
        ((EVIDENCE,), "Kern was buried"),
        ((ONLY,), "a landmark of the city"),
        (("Kern sold the yard.",), "Kern"),
        (("",), ""),
    ],
)
def test_without_a_wording_nothing_is_written(silent_generator, evidence, answer):
    assert list(silent_generator.generate(QUESTION, evidence, answer, Event())) == []


@pytest.mark.parametrize(
    ("evidence", "answer", "text"),
    [
        (ONLY, "1932", "The bridge was opened by the queen in 1932."),
        (ONLY, "", "The bridge was opened by the queen in 1932."),
        (
            EVIDENCE,
            "museum",
            "Kern was born in 1950 and was buried in Graz, and the town has kept his house, which"
            " is a museum.",
        ),
    ],
)
def test_the_only_wording_is_written_without_asking_the_model(
    silent_generator, evidence, answer, text
):
    assert list(silent_generator.generate(QUESTION, [evidence], answer, Event())) == [text]


def test_the_only_wording_is_not_written_when_cancelled(silent_generator):
    cancel = Event()
    cancel.set()
    assert list(silent_generator.generate(QUESTION, [ONLY], "1932", cancel)) == []


def is_running():
    return any(thread.name.endswith("(_run)") for thread in threading.enumerate())


@pytest.fixture
def slow_generator(tokenizer):
    """Each layer takes 40 ms, as a model of half a second for a token would with twelve."""
    model = tiny_model(tokenizer, 0)
    for layer in model.model.layers:
        layer.register_forward_hook(lambda *_: time.sleep(0.04))
    return TransformersGenerator(tokenizer, model, "slow")


@pytest.mark.parametrize("pieces_first", [0, 1])
def test_cancel_ends_within_a_fifth_of_a_second(slow_generator, pieces_first):
    taken = []
    for _ in range(3):  # the best of three, since the machine may be busy
        cancel, stopped = Event(), []
        pieces = slow_generator.generate(QUESTION, [EVIDENCE], "", cancel)
        for _ in range(pieces_first):
            next(pieces)

        def stop(cancel=cancel, stopped=stopped):
            time.sleep(0.1)
            stopped.append(time.perf_counter())
            cancel.set()

        threading.Thread(target=stop).start()
        list(pieces)
        taken.append(time.perf_counter() - stopped[0])
        assert not is_running()
    assert min(taken) < 0.2


def test_cancelled_before_it_starts_writes_nothing(slow_generator):
    cancel = Event()
    cancel.set()
    taken = []
    for _ in range(3):
        started = time.perf_counter()
        assert list(slow_generator.generate(QUESTION, [EVIDENCE], "", cancel)) == []
        taken.append(time.perf_counter() - started)
        assert not is_running()
    assert min(taken) < 0.5


def test_a_closed_iterator_stops_the_thread(slow_generator):
    taken = []
    for _ in range(3):
        pieces = slow_generator.generate(QUESTION, [EVIDENCE], "", Event())
        next(pieces)
        assert is_running()
        started = time.perf_counter()
        pieces.close()
        taken.append(time.perf_counter() - started)
        assert not is_running()
    assert min(taken) < 0.2


def test_after_a_cancelled_answer_the_next_is_whole(slow_generator, texts_of):
    pieces = slow_generator.generate(QUESTION, [EVIDENCE], "1950", Event())
    next(pieces)
    pieces.close()
    assert write(slow_generator, "1950") == texts_of("1950")[0]


@pytest.mark.parametrize("calls", [1, 2])
def test_an_error_in_the_model_is_raised_to_who_reads(tokenizer, calls):
    model = tiny_model(tokenizer, 0)
    left = [calls]

    def fail(*_):
        left[0] -= 1
        if left[0] <= 0:
            raise RuntimeError("out of memory")

    model.model.layers[1].register_forward_hook(fail)
    generator = TransformersGenerator(tokenizer, model, "failing")
    with pytest.raises(RuntimeError, match="out of memory"):
        write(generator, "1950")
    assert not is_running()


def test_a_chat_template_is_used_and_its_last_line_goes_on(tokenizer, generators, monkeypatch):
    template = (
        "{% for message in messages %}[{{ message.role }}] {{ message.content }}\n{% endfor %}"
        "{% if add_generation_prompt %}[assistant]\n{% endif %}"
    )
    monkeypatch.setattr(tokenizer, "chat_template", template)
    prompt = tokenizer.decode(generators[0]._prompt(QUESTION, EVIDENCE)["input_ids"][0])
    assert prompt.startswith("[user] Answer the question in one short sentence")
    assert prompt.endswith(f"Text: {EVIDENCE}\n\nQuestion: {QUESTION}\n[assistant]\nAnswer:")
    assert write(generators[0], "1950").strip() in wordings(QUESTION, [EVIDENCE], "1950")


@pytest.mark.slow
@pytest.mark.parametrize("answer", ["1950", "Graz", "a former judge from Linz"])
def test_the_real_model_writes_a_wording_that_the_verifier_accepts(home, answer):
    from rag.answering.verify import verify_sentence
    from rag.assemble import load_generator
    from rag.settings import Settings

    generator = load_generator(Settings(home=str(home), threads=1), lambda line: None)
    text = write(generator, answer).strip()
    assert text in wordings(QUESTION, [EVIDENCE], answer)
    assert verify_sentence(text, [EVIDENCE]).supported
    assert not verify_sentence(text.replace("1950", "1951"), [EVIDENCE]).supported
