import pytest
from fake_pipeline import FakePipeline

from rag.errors import SettingsError
from rag.settings import Settings
from ui.choices import Choices


def test_pipelines_take_over_what_was_chosen():
    choices, pipelines = Choices(Settings()), [FakePipeline({}, {}), FakePipeline({}, {})]
    choices.choose(5)
    for pipeline in pipelines:
        choices.apply(pipeline)
    assert [pipeline.settings.passages_to_read for pipeline in pipelines] == [5, 5]


def test_nothing_chosen_leaves_the_pipeline_as_it_was():
    pipeline = FakePipeline({}, {})
    before = pipeline.settings
    Choices(Settings(passages_to_read=3)).apply(pipeline)
    assert pipeline.settings == before


@pytest.mark.parametrize(
    ("passages", "line"),
    [
        (0, "^0 passages cannot be read: expected 1 to 50"),
        (51, "^51 passages"),
        (None, "^no number of passages is given: expected 1 to 50"),
        (2.5, "^2.5 passages cannot be read: expected 1 to 50"),
    ],
)
def test_choice_that_does_not_fit_is_one_line_and_changes_nothing(passages, line):
    choices = Choices(Settings())
    with pytest.raises(SettingsError, match=line):
        choices.choose(passages)
    assert choices.settings == Settings()
