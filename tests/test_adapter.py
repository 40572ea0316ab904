"""What a network was taught, added to its weights."""

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from rag.models.adapter import add_changes, low_rank


def test_changes_are_added_whole_or_as_the_product_of_their_factors(tmp_path):
    layer = nn.Linear(2, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
        layer.bias.copy_(torch.tensor([0.5, 0.5]))
    changes = {
        "weight.up": torch.tensor([[1.0], [2.0]]),
        "weight.down": torch.tensor([[10.0, 20.0]]),
        "bias.change": torch.tensor([1.0, -1.0]),
    }
    save_file({name: value.half() for name, value in changes.items()}, tmp_path / "a.safetensors")
    add_changes(layer, tmp_path / "a.safetensors")
    assert layer.weight.tolist() == [[11.0, 22.0], [23.0, 44.0]]
    assert layer.bias.tolist() == [1.5, -0.5]


@pytest.mark.parametrize("name", ["weights.change", "bias.change"])
def test_changes_for_another_network_change_nothing(tmp_path, name):
    layer = nn.Linear(3, 2)
    before = {key: value.clone() for key, value in layer.state_dict().items()}
    file = tmp_path / "a.safetensors"
    save_file({"weight.change": torch.ones(2, 3), name: torch.ones(5)}, file)
    with pytest.raises(ValueError, match=r"has shape \(5,\), not"):
        add_changes(layer, file)
    assert all(torch.equal(value, before[key]) for key, value in layer.state_dict().items())


def test_low_rank_is_exact_for_a_matrix_of_that_rank_and_near_for_others():
    matrix = torch.tensor([[3.0, 0.0], [0.0, 1.0]])
    up, down = low_rank(matrix, 1)
    assert (up.shape, down.shape) == ((2, 1), (1, 2))
    torch.testing.assert_close(up @ down, torch.tensor([[3.0, 0.0], [0.0, 0.0]]))
    up, down = low_rank(matrix, 2)
    torch.testing.assert_close(up @ down, matrix)
