"""A tiny random model behind the generator: what it writes, how it stops, how it fails."""

import threading
import time
from threading import Event

import pytest

from rag.answering import generate
from rag.answering.generate import TransformersGenerator
from rag.models.find import find_model, load_causal_model

EVIDENCE = (
    "Kern, a former judge from Linz, was born in 1950 and was buried in Graz, and the town has"
    " kept his house, which is a museum."
)
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
def texts(generators):
    """What each model writes; different ones, or these tests would see little."""
    texts = [write(generator) for generator in generators]
    assert len(set(texts)) > 2
    return texts


def write(generator, evidence=(EVIDENCE,), question=QUESTION):
    return "".join(generator.generate(question, evidence, Event()))


def test_white_space_in_the_evidence_does_not_matter(generators, texts):
    wrapped = [EVIDENCE.replace("former judge", "former\n  judge")]
    assert [write(generator, wrapped) for generator in generators] == texts


def test_all_evidence_is_given(generators, texts):
    halves = EVIDENCE[:40].rstrip(), EVIDENCE[40:].lstrip()
    assert " ".join(halves) == EVIDENCE
    assert [write(generator, halves) for generator in generators] == texts


def test_prompt_lookup_changes_nothing_but_the_time(generators, texts, monkeypatch):
    monkeypatch.setattr(generate, "_PROMPT_LOOKUP_TOKENS", None)
    assert [write(generator) for generator in generators] == texts


def test_a_generator_writes_the_same_again(generators, texts):
    assert write(generators[0]) == texts[0]


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
        pieces = slow_generator.generate(QUESTION, [EVIDENCE], cancel)
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
        assert list(slow_generator.generate(QUESTION, [EVIDENCE], cancel)) == []
        taken.append(time.perf_counter() - started)
        assert not is_running()
    assert min(taken) < 0.5


def test_a_closed_iterator_stops_the_thread(slow_generator):
    taken = []
    for _ in range(3):
        pieces = slow_generator.generate(QUESTION, [EVIDENCE], Event())
        next(pieces)
        assert is_running()
        started = time.perf_counter()
        pieces.close()
        taken.append(time.perf_counter() - started)
        assert not is_running()
    assert min(taken) < 0.2


def test_after_a_cancelled_answer_the_next_is_whole(generators, texts):
    pieces = generators[0].generate(QUESTION, [EVIDENCE], Event())
    next(pieces)
    pieces.close()
    assert write(generators[0]) == texts[0]


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
        write(generator)
    assert not is_running()


def test_a_chat_template_is_used_and_its_last_line_goes_on(tokenizer, generators, monkeypatch):
    template = (
        "{% for message in messages %}[{{ message.role }}] {{ message.content }}\n{% endfor %}"
        "{% if add_generation_prompt %}[assistant]\n{% endif %}"
    )
    monkeypatch.setattr(tokenizer, "chat_template", template)
    prompt = tokenizer.decode(generators[0]._prompt(QUESTION, [EVIDENCE])["input_ids"][0])
    assert prompt.startswith("[user] Answer the question in one short sentence")
    assert prompt.endswith(f"Text: {EVIDENCE}\n\nQuestion: {QUESTION}\n[assistant]\nAnswer:")


@pytest.mark.slow
def test_the_real_model_writes_and_is_stopped_within_a_fifth_of_a_second(home):
    files = find_model("SmolLM2-135M-Instruct", "generator")
    generator = TransformersGenerator(
        *load_causal_model(files, home, lambda line: None), files.name
    )
    assert "1950" in write(generator)
    taken = []
    for _ in range(3):
        cancel, stopped = Event(), []

        def stop(cancel=cancel, stopped=stopped):
            stopped.append(time.perf_counter())
            cancel.set()

        timer = threading.Timer(0.05, stop)
        timer.start()
        list(generator.generate(QUESTION, [EVIDENCE], cancel))
        timer.join()
        taken.append(time.perf_counter() - stopped[0])
    assert min(taken) <= 0.2
