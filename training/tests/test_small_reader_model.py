"""The small reader as it is trained: what it begins with, what stays, what is written."""

import pytest
import torch

from training.reader_loss import pad_rows
from training.small_reader_model import SmallReaderModel
from training.windows import MINILM, Row


@pytest.fixture
def span_model(tmp_path):
    """A folder of a transformers question-answering model, and the model."""
    from transformers import BertConfig, BertForQuestionAnswering

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=120,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
    )
    model = BertForQuestionAnswering(config).eval()
    model.save_pretrained(tmp_path / "span")
    return tmp_path / "span", model


def test_it_begins_with_the_span_head_of_a_question_answering_model(span_model):
    folder, other = span_model
    batch = pad_rows([Row(question=[7], path=[8], text=[9, 10], frame=MINILM)])
    with torch.inference_mode():
        mine = SmallReaderModel(folder).eval()(batch)
        theirs = other(
            input_ids=batch.ids, token_type_ids=batch.types, attention_mask=batch.attention
        )
    assert torch.allclose(mine.start, theirs.start_logits, atol=1e-5)
    assert torch.allclose(mine.end, theirs.end_logits, atol=1e-5)
    assert mine.kind.shape == (1, 6)


def test_words_are_not_trained_and_all_is_written(span_model, tmp_path):
    folder, _ = span_model
    model = SmallReaderModel(folder)
    words = model.encoder.get_input_embeddings().weight
    assert not any(parameter is words for parameter in model.trained())
    with torch.no_grad():
        model.heads.kind.bias.fill_(2.0)
    model.save(folder, steps=3)
    again = SmallReaderModel(folder)
    for name, value in model.state_dict().items():
        assert torch.allclose(again.state_dict()[name], value, atol=1e-3), name
