"""A tiny random causal model: what it writes, how it stops, how it fails."""

import threading
from threading import Event

import pytest

from rag.errors import ModelNotFound
from rag.models import causal
from rag.models.causal import CausalModel, load_causal_model
from rag.models.find import find_model

EVIDENCE = (
    "Kern, a former judge from Linz, was born in 1950 and was buried in Graz, and the town has"
    " kept his house, which is a museum."
)
QUESTION = "When was Kern born?"
TOKENS = 160


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
    return [CausalModel(tokenizer, tiny_model(tokenizer, n), "tiny") for n in range(6)]


@pytest.fixture(scope="module")
def texts(generators):
    """What each model writes; different ones, or these tests would see little."""
    texts = [write(generator) for generator in generators]
    assert len(set(texts)) > 2
    return texts


def said(question=QUESTION):
    return [
        {"role": "system", "content": "Answer."},
        {"role": "user", "content": f"{EVIDENCE} {question}"},
    ]


def write(generator):
    return "".join(generator.stream(said(), TOKENS, Event()))


def test_prompt_lookup_changes_nothing_but_the_time(generators, texts, monkeypatch):
    monkeypatch.setattr(causal, "_PROMPT_LOOKUP_TOKENS", None)
    assert [write(generator) for generator in generators] == texts


def test_a_generator_writes_the_same_again(generators, texts):
    assert write(generators[0]) == texts[0]


def is_running():
    return any(thread.name.endswith("(_run)") for thread in threading.enumerate())


class Held:
    """A model that waits in a matrix product once `hold` is set, until it is stopped.

    `after` is whether it went on with the next product then.
    """

    def __init__(self, tokenizer):
        model = tiny_model(tokenizer, 0)
        self.hold, self.reached, self.after = Event(), Event(), False
        attention = model.model.layers[0].self_attn
        attention.q_proj.register_forward_hook(self._wait)
        attention.k_proj.register_forward_hook(self._go_on)
        self.generator = CausalModel(tokenizer, model, "held")

    def _wait(self, *_):
        if self.hold.is_set():
            self.reached.set()
            assert self.generator._stop.wait(60)

    def _go_on(self, *_):
        self.after = self.reached.is_set()


@pytest.fixture
def held(tokenizer):
    return Held(tokenizer)


@pytest.mark.parametrize("pieces_first", [0, 1])
def test_cancelled_it_does_not_begin_the_next_product(held, pieces_first):
    cancel = Event()
    pieces = held.generator.stream(said(), TOKENS, cancel)
    for _ in range(pieces_first):
        next(pieces)
    held.hold.set()

    def stop():
        held.reached.wait(60)
        cancel.set()

    threading.Thread(target=stop).start()
    list(pieces)
    assert not is_running()
    assert not held.after


def test_cancelled_before_it_starts_writes_nothing(held):
    cancel = Event()
    cancel.set()
    assert list(held.generator.stream(said(), TOKENS, cancel)) == []
    assert not is_running()


def test_a_closed_iterator_stops_the_thread(held):
    pieces = held.generator.stream(said(), TOKENS, Event())
    next(pieces)
    held.hold.set()
    held.reached.wait(60)
    pieces.close()
    assert not is_running()
    assert not held.after


def test_after_a_cancelled_answer_the_next_is_whole(generators, texts):
    pieces = generators[0].stream(said(), TOKENS, Event())
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
    generator = CausalModel(tokenizer, model, "failing")
    with pytest.raises(RuntimeError, match="out of memory"):
        write(generator)
    assert not is_running()


def test_a_chat_template_is_used(tokenizer, generators, monkeypatch):
    template = (
        "{% for message in messages %}[{{ message.role }}] {{ message.content }}\n{% endfor %}"
        "{% if add_generation_prompt %}[assistant]\n{% endif %}"
    )
    monkeypatch.setattr(tokenizer, "chat_template", template)
    prompt = tokenizer.decode(generators[0]._prompt(said())["input_ids"][0])
    assert prompt == f"[system] Answer.\n[user] {EVIDENCE} {QUESTION}\n[assistant]\n"


def test_no_more_is_written_than_was_asked_for(generators, texts):
    short = "".join(generators[0].stream(said(), 3, Event()))
    assert 0 < len(short) < 40 < len(texts[0])  # the longest token has 7 characters


def test_a_folder_is_loaded_in_float32_and_writes(tokenizer, tmp_path):
    tiny_model(tokenizer, 0).half().save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    model = load_causal_model(find_model(str(tmp_path), "writer"))
    assert str(model._model.dtype) == "torch.float32"
    assert not model._model.training
    assert write(model)


def test_a_folder_that_cannot_be_loaded_is_one_line(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"x")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelNotFound, match="cannot be loaded") as error:
        load_causal_model(find_model(str(tmp_path), "writer"))
    assert "\n" not in str(error.value)
