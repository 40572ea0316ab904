"""A tiny random model behind the generator: what it can write, how it stops, how it fails."""

import re
import threading
import time
from functools import lru_cache
from threading import Event

import pytest

from rag import generate
from rag.generate import TransformersGenerator

EVIDENCE = (
    "In May 1950, Jonas Kern — a former judge — sold the shipyard to Anna Roth, who renamed it.",
    "The unremarkable harbourmaster's guarantees cost 12,500 euros; nobody paid (it is said).",
)
QUESTION = "Who sold the shipyard?"


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
    pieces.train_from_iterator([*EVIDENCE, QUESTION, "ship guar sold ter"], trainer)
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
    return [TransformersGenerator(tokenizer, tiny_model(tokenizer, n), "tiny") for n in range(4)]


@pytest.fixture(scope="module")
def texts_of(generators):
    """Return what each model writes around an answer."""
    return lru_cache(lambda answer: [write(generator, answer) for generator in generators])


def write(generator, answer="", evidence=EVIDENCE, question=QUESTION):
    return "".join(generator.generate(question, evidence, answer, Event()))


def words_of(text):
    return re.findall(r"[^\W_]+", text)


def is_in_order(words, source):
    rest = iter(source)
    return all(word in rest for word in words)


ANSWERS = ["Anna Roth", "May 1950", "Jonas Kern — a former judge", "12,500 euros", "ship", ""]


@pytest.mark.parametrize("answer", ANSWERS)
def test_only_the_evidences_words_are_written_in_their_order(texts_of, answer):
    """No word is cut, though most have several tokens: "ship" is no word of "shipyard"."""
    for text in texts_of(answer):
        assert text.strip()
        assert is_in_order(words_of(text), words_of(" ".join(EVIDENCE))), text


def test_random_models_choose_different_words(texts_of):
    """Else the tests beside this one would see one text only."""
    assert len({text for answer in ANSWERS for text in texts_of(answer)}) > len(ANSWERS)


@pytest.mark.parametrize("answer", [answer for answer in ANSWERS if answer])
def test_the_answer_is_written_whole_and_nothing_beyond_its_clause(texts_of, answer):
    joined = " ".join(EVIDENCE)
    rest = joined[joined.index(answer) + len(answer) :]
    clause = words_of(re.split(r"[.?!,;:—–)](?= |$)", rest)[0])
    for text in texts_of(answer):
        assert answer in text
        after = text[text.index(answer) + len(answer) :]
        assert is_in_order(words_of(after), clause), text


@pytest.mark.parametrize("answer", ["Anna Roth", ""])
def test_what_is_written_begins_where_a_clause_does(texts_of, answer):
    openings = {"In", "Jonas", "a", "sold", "who", "The", "nobody"}
    for text in texts_of(answer):
        assert words_of(text)[0] in openings, text


def test_an_answer_that_is_not_in_the_evidence_is_never_written(generators):
    text = write(generators[0], "Emil Lang")
    assert is_in_order(words_of(text), words_of(" ".join(EVIDENCE)))


def test_white_space_in_the_evidence_and_the_answer_does_not_matter(generators):
    wrapped = [EVIDENCE[0].replace("Anna Roth", "Anna\n  Roth")]
    for generator in generators:
        assert "Anna Roth" in write(generator, "Anna\t Roth", wrapped)


@pytest.mark.parametrize("answer", ["Anna Roth", ""])
def test_prompt_lookup_changes_nothing_but_the_time(generators, texts_of, monkeypatch, answer):
    monkeypatch.setattr(generate, "_PROMPT_LOOKUP_TOKENS", None)
    assert [write(generator, answer) for generator in generators] == texts_of(answer)


def test_a_generator_writes_the_same_again(generators, texts_of):
    assert write(generators[0], "Anna Roth") == texts_of("Anna Roth")[0]


def test_no_evidence_writes_nothing(generators):
    assert [write(generator, "", ()) for generator in generators] == [""] * len(generators)


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
    cancel = Event()
    pieces = slow_generator.generate(QUESTION, EVIDENCE, "", cancel)
    for _ in range(pieces_first):
        next(pieces)
    stopped = []

    def stop():
        time.sleep(0.1)
        stopped.append(time.perf_counter())
        cancel.set()

    threading.Thread(target=stop).start()
    list(pieces)
    assert time.perf_counter() - stopped[0] < 0.2
    assert not is_running()


def test_cancelled_before_it_starts_writes_nothing(slow_generator):
    cancel = Event()
    cancel.set()
    started = time.perf_counter()
    assert list(slow_generator.generate(QUESTION, EVIDENCE, "", cancel)) == []
    assert time.perf_counter() - started < 0.5
    assert not is_running()


def test_a_closed_iterator_stops_the_thread(slow_generator):
    pieces = slow_generator.generate(QUESTION, EVIDENCE, "", Event())
    next(pieces)
    assert is_running()
    started = time.perf_counter()
    pieces.close()
    assert time.perf_counter() - started < 0.2
    assert not is_running()


def test_after_a_cancelled_answer_the_next_is_whole(slow_generator, generators):
    pieces = slow_generator.generate(QUESTION, EVIDENCE[:1], "In May", Event())
    next(pieces)
    pieces.close()
    assert write(slow_generator, "In May", EVIDENCE[:1]) == write(
        generators[0], "In May", EVIDENCE[:1]
    )


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
        write(generator, "Anna Roth")
    assert not is_running()


def test_a_chat_template_is_used_and_its_last_line_goes_on(tokenizer, generators, monkeypatch):
    template = (
        "{% for message in messages %}[{{ message.role }}] {{ message.content }}\n{% endfor %}"
        "{% if add_generation_prompt %}[assistant]\n{% endif %}"
    )
    monkeypatch.setattr(tokenizer, "chat_template", template)
    prompt = tokenizer.decode(generators[0]._prompt(QUESTION, EVIDENCE)["input_ids"][0])
    assert prompt.startswith("[user] Answer the question in one short sentence")
    assert prompt.endswith(
        f"Text: {' '.join(EVIDENCE)}\n\nQuestion: {QUESTION}\n[assistant]\nAnswer:"
    )
    assert "Anna Roth" in write(generators[0], "Anna Roth")


@pytest.mark.slow
def test_the_real_model_answers_in_the_words_of_the_text(home):
    from rag.assemble import load_generator
    from rag.settings import Settings
    from rag.verify import verify_sentence

    generator = load_generator(Settings(home=str(home), threads=1), lambda line: None)
    evidence = ["The bridge, a landmark of the city, was opened by the queen in 1932."]
    text = write(generator, "1932", evidence, "When was the bridge opened?")
    assert "1932" in text
    assert is_in_order(words_of(text), words_of(evidence[0]))
    changed = text.replace("1932", "1933")
    assert not verify_sentence(changed, evidence).supported
