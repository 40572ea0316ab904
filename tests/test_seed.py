"""Where the seed article is."""

from rag import seed
from rag.seed import seed_folder


def test_seed_folder_of_a_checkout_holds_the_article_and_its_questions():
    names = {path.name for path in seed_folder().iterdir()}
    assert {"000_fe5bd0c0b00e3e2d.txt", "questions.jsonl"} <= names


def test_seed_folder_of_an_installation_is_beside_the_modules(monkeypatch, tmp_path):
    (tmp_path / "rag" / "seeds").mkdir(parents=True)
    monkeypatch.setattr(seed, "__file__", str(tmp_path / "rag" / "seed.py"))
    assert seed_folder() == tmp_path.resolve() / "rag" / "seeds"
