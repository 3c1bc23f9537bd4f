from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from edge_agent.config.schema import site_schema
from edge_agent.incidents.store import Store
from edge_agent.vision.taught_states import TaughtStates
from tests.unit.cli.conftest import CAMERA_PASSWORD, GOOD, MQTT_PASSWORD, Cli
from tests.unit.incidents.samples import CONTEXT, OPENED, SITE, opened

ROOT = Path(__file__).parents[3]


class TestCheck:
    def test_a_good_file(self, cli: Cli, site: Path) -> None:
        result = cli("check", "-c", site)
        assert result.code == 0, result.err
        assert "✓" in result.out
        assert "no_hat" in result.out

    def test_json_shows_what_is_set_up_and_no_secret(self, cli: Cli, site: Path) -> None:
        result = cli("check", "-c", site, "--json")
        answer = result.json()
        assert (answer["ok"], answer["cameras"], answer["rules"]) == (True, 1, ["no_hat"])
        assert CAMERA_PASSWORD not in result.out + result.err
        assert MQTT_PASSWORD not in result.out + result.err

    def test_problems_of_all_rooms_in_one_list(self, cli: Cli, site: Path) -> None:
        text = GOOD.replace("no_hat: {}", "no_hatt: {}, no_mask: {schedule: [lunch]}")
        site.write_text(
            text.replace("username: box, ", "").replace('county: "630223"', 'county: "630223", calendar: c')
        )
        result = cli("check", "-c", site)
        assert result.code == 2
        lines = [line for line in result.err.splitlines() if line.startswith("错误")]
        assert len(lines) == 4, result.err
        assert "no_hatt" in result.err
        assert '"no_hat"' in result.err
        assert all(f"{site}:" in line for line in lines)

    def test_json_of_problems(self, cli: Cli, site: Path) -> None:
        site.write_text(GOOD.replace("stage: plate", "stage: kitchen"))
        answer = cli("check", "-c", site, "--json").json()
        (problem,) = answer["error"]["problems"]
        assert (problem["line"], problem["option"]) == (6, "cameras[0].stage")

    def test_a_taught_file_that_is_none_or_teaches_something_else(self, cli: Cli, site: Path, tmp_path: Path) -> None:
        states = "states: {labels: [closed, open], taught: taught.npz}"
        site.write_text(GOOD.replace("area: plating", f"area: plating\n        {states}"))
        (tmp_path / "taught.npz").write_text("no such thing")
        result = cli("check", "-c", site)
        assert result.code == 2
        assert "cameras[0].zones[0].states.taught: " in result.err
        (tmp_path / "taught.npz").write_bytes((ROOT / "configs" / "demo-cabinet.npz").read_bytes())
        assert "polygon has changed" in cli("check", "-c", site).err, "it was taught for another place"
        place = "[[0.69, 0.04], [1, 0.04], [1, 1], [0.69, 1]]"
        site.write_text(site.read_text(encoding="utf-8").replace("[[0, 0], [1, 0], [1, 1], [0, 1]]", place))
        assert cli("check", "-c", site).code == 0
        site.write_text(site.read_text(encoding="utf-8").replace("[closed, open]", "[shut, open]"))
        assert "cameras[0].zones[0].states.labels: " in cli("check", "-c", site).err

    def test_a_wrong_model_file(self, cli: Cli, site: Path, tmp_path: Path) -> None:
        for name in ("head-attributes", "kitchen-detector"):
            folder = tmp_path / name
            folder.mkdir()
            for file in (ROOT / "models" / name).iterdir():
                (folder / file.name).write_bytes(file.read_bytes())
        with (tmp_path / "kitchen-detector" / "kitchen-detector.onnx").open("ab") as file:
            file.write(b"x")
        site.write_text(f"{GOOD}models: {{detector: kitchen-detector, head_attributes: head-attributes}}\n")
        result = cli("check", "-c", site)
        assert result.code == 4
        assert "sha256" in result.err
        # A model for another purpose.
        site.write_text(f"{GOOD}models: {{detector: head-attributes}}\n")
        assert cli("check", "-c", site).code == 4
        # Something else is wrong as well: all of it is told.
        site.write_text(f"{GOOD}models: {{detector: kitchen-detector}}\n".replace("username: box, ", ""))
        result = cli("check", "-c", site)
        assert result.code == 2
        assert "sha256" in result.err
        assert "mqtt.password" in result.err


class TestSchema:
    def test_config(self, cli: Cli) -> None:
        assert cli("schema", "config").json() == site_schema()

    @pytest.mark.parametrize("of", ["events", "asyncapi"])
    def test_what_the_platform_reads(self, cli: Cli, of: str) -> None:
        assert cli("schema", of, "--json").json()


class TestModels:
    def test_the_shipped_ones(self, cli: Cli) -> None:
        result = cli("models")
        assert result.code == 0, result.err + result.out
        for name in ("kitchen-detector", "head-attributes", "zone-features"):
            assert name in result.out
        answer = cli("models", "--json").json()
        assert {row["task"] for row in answer["models"]} == {"detect", "attributes", "features"}
        assert all(row["licence"] and len(row["sha256"]) == 64 for row in answer["models"])

    def test_a_damaged_one(self, cli: Cli, site: Path, tmp_path: Path) -> None:
        folder = tmp_path / "m"
        folder.mkdir()
        (folder / "model.yaml").write_bytes((ROOT / "models" / "kitchen-detector" / "model.yaml").read_bytes())
        (folder / "kitchen-detector.onnx").write_bytes(b"not a model")
        site.write_text(f"{GOOD}models: {{detector: m}}\n")
        result = cli("models", "-c", site, "--json")
        assert result.code == 1
        assert [row["ok"] for row in result.json()["models"]] == [False, True, True]
        assert "sha256" in result.json()["models"][0]["error"]
        assert "✗" in cli("models", "-c", site).out


class TestRules:
    def test_what_the_shipped_models_see_of_the_catalogue(self, cli: Cli) -> None:
        rows = {row["id"]: row for row in cli("rules", "--json").json()["rules"]}
        assert len(rows) == 28
        assert {rule for rule, row in rows.items() if not row["available"]} == {
            "bare_torso",
            "no_gloves",
            "smoking",
            "phone_use",
            "food_on_floor",
            "rodent",
        }
        assert rows["smoking"]["lacking"] == ["detector class cigarette"]
        assert {rule for rule, row in rows.items() if row["clothes"]} == {"no_uniform", "intruder"}
        assert "detector class cigarette" in cli("rules").out


class TestOutbox:
    @pytest.fixture
    def state(self, site: Path) -> Path:
        file = site.parent / "state" / "agent.db"
        store = Store.open(file, SITE)
        rows = [store.record(opened(n), [], CONTEXT, OPENED + n)[0] for n in range(3)]
        store.outbox.sent(rows[0].row, 60.0)
        store.outbox.done(rows[0].event_id, "accepted")
        store.outbox.refused(rows[1].row, 135, 1e12)
        store.close()
        return file

    @pytest.mark.usefixtures("state")
    def test_what_waits_and_why(self, cli: Cli, site: Path) -> None:
        answer = cli("outbox", "-c", site, "--json").json()
        assert answer["pending"] == 2
        assert answer["refused"] == {"135": 1}
        assert [entry["state"] for entry in answer["entries"]] == ["waiting", "refused 135", "accepted"]
        shown = cli("outbox", "-c", site).out
        assert "135" in shown
        assert "not authorised" in shown

    @pytest.mark.usefixtures("state")
    def test_only_what_is_not_done(self, cli: Cli, site: Path) -> None:
        answer = cli("outbox", "-c", site, "--pending", "-n", "1", "--json").json()
        assert [entry["state"] for entry in answer["entries"]] == ["waiting"]

    def test_retry_makes_refused_rows_due(self, cli: Cli, site: Path, state: Path) -> None:
        assert cli("outbox", "-c", site, "--retry", "--json").json()["retried"] == 2
        store = Store.open(state, SITE)
        assert len(store.outbox.due(0.0, 10)) == 2
        store.close()

    @pytest.mark.usefixtures("state")
    def test_needs_no_secrets(self, cli: Cli, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("MQTT_PASSWORD")
        assert cli("outbox", "-c", site).code == 0

    def test_before_the_first_run_nothing_is_created(self, cli: Cli, site: Path) -> None:
        result = cli("outbox", "-c", site)
        assert result.code == 5
        assert "agent.db" in result.err
        assert not (site.parent / "state").exists()

    def test_another_programs_database(self, cli: Cli, site: Path) -> None:
        (site.parent / "state").mkdir()
        (site.parent / "state" / "agent.db").write_bytes(b"SQLite format 3\0" + os.urandom(8192))
        result = cli("outbox", "-c", site)
        assert result.code == 5
        assert "agent.db" in result.err


class TestDoctor:
    def test_a_box_that_reaches_nothing(self, cli: Cli, site: Path) -> None:
        result = cli("doctor", "-c", site, "--json")
        assert result.code == 1
        findings = {finding["subject"]: finding for finding in result.json()["findings"]}
        state = {subject.split()[-1]: finding["state"] for subject, finding in findings.items()}
        assert state["config"] == "ok"
        assert state["cam-01"] == "fail"
        assert state["broker"] == "fail"
        assert all(finding["remedy"] for finding in findings.values() if finding["state"] != "ok")
        for secret in (CAMERA_PASSWORD, MQTT_PASSWORD):
            assert secret not in result.out + result.err

    def test_the_table(self, cli: Cli, site: Path) -> None:
        result = cli("doctor", "-c", site)
        assert result.code == 1
        assert "✗" in result.out
        assert "→" in result.out
        assert CAMERA_PASSWORD not in result.out

    def test_a_broken_site_file_is_a_finding_and_the_box_is_still_looked_at(self, cli: Cli, site: Path) -> None:
        site.write_text(GOOD.replace("stage: plate", "stage: kitchen"))
        result = cli("doctor", "-c", site, "--json")
        assert result.code == 1
        subjects = [finding["subject"] for finding in result.json()["findings"]]
        assert "配置 config" in subjects
        assert "时钟 clock" in subjects
        assert "内存 memory" in subjects

    def test_no_site_file(self, cli: Cli, tmp_path: Path) -> None:
        result = cli("doctor", "-c", tmp_path / "absent.yaml", "--json")
        assert result.code == 1
        assert "absent.yaml" in json.dumps(result.json())


class TestTeach:
    def test_a_folder_without_pictures(self, cli: Cli, site: Path, tmp_path: Path) -> None:
        result = cli("teach", "-c", site, "--camera", "cam-01", "--zone", "floor", "--state", f"a={tmp_path}")
        assert result.code == 3
        assert str(tmp_path) in result.err

    def test_a_zone_without_states(self, cli: Cli, site: Path, tmp_path: Path) -> None:
        (tmp_path / "x.jpg").touch()
        result = cli("teach", "-c", site, "--camera", "cam-01", "--zone", "floor", "--state", f"a={tmp_path}")
        assert result.code == 2
        assert "states" in result.err

    @pytest.fixture(scope="class")
    @staticmethod
    def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
        """Pictures of one rendered kitchen: everybody in its work clothes, or nobody."""
        folder = tmp_path_factory.mktemp("people")
        for state in ("worn", "none"):
            (folder / state).mkdir()
            for picture in (ROOT / "clips" / "clothes").glob(f"k0-{state}-*.jpg"):
                shutil.copy(picture, folder / state)
        return folder

    def test_work_clothes(self, cli: Cli, site: Path, people: Path) -> None:
        shown = ("--state", f"worn={people / 'worn'}", "--state", f"none={people / 'none'}")
        taught = site.parent / "taught" / "clothes.npz"
        result = cli("teach", "-c", site, "--clothes", taught, *shown)
        assert result.code == 0, result.err
        assert "worn 18 张" in result.out
        assert set(TaughtStates.load(taught).labels) == {"worn", "none"}
        # What needs them is refused without, and accepted with them.
        text = site.read_text("utf-8").replace("no_hat: {}", "no_hat: {}, intruder: {}")
        site.write_text(text)
        assert "teach --clothes FILE" in cli("check", "-c", site).err
        site.write_text(f"{text}clothes: taught/clothes.npz\n")
        result = cli("check", "-c", site)
        assert result.code == 0, result.err
        taught.write_bytes((ROOT / "configs" / "demo-cabinet.npz").read_bytes())
        assert "clothes: " in cli("check", "-c", site).err, "a door's file is none of clothes"

    def test_work_clothes_are_worn_or_not(self, cli: Cli, site: Path, people: Path) -> None:
        result = cli("teach", "-c", site, "--clothes", "c.npz", "--state", f"clean={people / 'worn'}")
        assert result.code == 2
        assert "worn" in result.err
        result = cli("teach", "-c", site, "--clothes", site.parent / "c.npz", "--state", f"worn={people / 'worn'}")
        assert result.code == 1
        assert "'none'" in result.err

    def test_either_a_zone_or_clothes(self, cli: Cli, site: Path, people: Path) -> None:
        state = ("--state", f"worn={people / 'worn'}")
        assert cli("teach", "-c", site, *state).code == 2
        assert cli("teach", "-c", site, "--camera", "cam-01", *state).code == 2
        assert cli("teach", "-c", site, "--clothes", "c.npz", "--zone", "floor", *state).code == 2


class TestAcceptView:
    @pytest.fixture(autouse=True)
    def _no_patience(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("edge_agent.cli.accept_view._PATIENCE_S", 0.0)

    def test_is_noted_for_the_next_start(self, cli: Cli, site: Path) -> None:
        state = site.parent / "state" / "agent.db"
        Store.open(state, SITE).close()
        assert cli("accept-view", "cam-01", "-c", site, "--json").json() == {
            "ok": True,
            "camera": "cam-01",
            "learning": False,
        }
        store = Store.open(state, SITE)
        assert store.memory.views_to_accept() == ["cam-01"]
        store.close()

    def test_a_camera_that_is_not_there(self, cli: Cli, site: Path) -> None:
        Store.open(site.parent / "state" / "agent.db", SITE).close()
        answer = cli("accept-view", "cam-99", "-c", site)
        assert answer.code == 2
        assert "cam-99" in answer.err
