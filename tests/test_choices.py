import pytest
from fake_pipeline import FakePipeline

from rag.errors import ModelNotFound, SettingsError
from rag.settings import Settings
from ui import choices as choices_module
from ui.choices import Choices


class Loadable:
    def __init__(self, name):
        self.name = name
        self.loaded = 0

    def load(self):
        self.loaded += 1


@pytest.fixture
def made(monkeypatch):
    """The generators that are made, in place of real ones."""
    made = []

    def load_generator(settings, say):
        if settings.generator == "none":
            return None
        made.append(Loadable(settings.generator))
        return made[-1]

    monkeypatch.setattr(choices_module, "load_generator", load_generator)
    monkeypatch.setattr(choices_module, "installed_generators", lambda: ["installed"])
    return made


def test_pipeline_takes_over_what_was_chosen(made):
    choices, pipeline = Choices(Settings()), FakePipeline({}, {})
    choices.choose("none", 5)
    choices.apply(pipeline)
    assert pipeline.models["generator"] == "none"
    assert pipeline.settings.passages_to_read == 5


def test_nothing_chosen_leaves_the_pipeline_as_it_was(made):
    pipeline = FakePipeline({}, {})
    before = (dict(pipeline.models), pipeline.settings)
    Choices(Settings(passages_to_read=3)).apply(pipeline)
    assert (pipeline.models, pipeline.settings) == before


def test_other_number_of_passages_makes_no_generator(made):
    choices, pipeline = Choices(Settings(generator="here")), FakePipeline({}, {})
    choices.choose("here", 20)
    choices.apply(pipeline)
    assert made == []
    assert pipeline.models["generator"] == "SmolLM2-135M-Instruct"
    assert pipeline.settings.passages_to_read == 20


def test_model_in_a_folder_is_loaded_at_once_and_an_installed_one_later(made):
    choices = Choices(Settings())
    choices.choose("/models/one", 10)
    choices.choose("installed", 10)
    assert [(model.name, model.loaded) for model in made] == [("/models/one", 1), ("installed", 0)]


def test_all_pipelines_share_one_generator(made):
    choices = Choices(Settings())
    choices.choose("/models/one", 10)
    pipelines = [FakePipeline({}, {}), FakePipeline({}, {})]
    for pipeline in pipelines:
        choices.apply(pipeline)
    assert [pipeline.models["generator"] for pipeline in pipelines] == ["/models/one"] * 2
    assert len(made) == 1


@pytest.mark.parametrize(
    ("generator", "passages", "line"),
    [
        (" ", 10, "no folder is given: type the path"),
        ("none", 0, "^0 passages cannot be read: expected 1 to 50"),
        ("none", 51, "^51 passages"),
        ("none", None, "^no number of passages is given: expected 1 to 50"),
        ("none", 2.5, "^2.5 passages cannot be read: expected 1 to 50"),
    ],
)
def test_choice_that_does_not_fit_is_one_line_and_changes_nothing(made, generator, passages, line):
    choices = Choices(Settings())
    with pytest.raises(SettingsError, match=line):
        choices.choose(generator, passages)
    assert choices.settings == Settings()


def test_folder_that_does_not_exist_is_one_line(tmp_path):
    with pytest.raises(ModelNotFound, match="is not on this machine") as caught:
        Choices(Settings()).choose(str(tmp_path / "nothing"), 10)
    assert "\n" not in str(caught.value)
