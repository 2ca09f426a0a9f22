"""What a worker does with the index that it is given, and what `start` creates. Programs that they call are stand-ins."""

import json
import os
import runpy
import subprocess
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
START = runpy.run_path(str(HERE / "start"))
NOW = 1_796_040_000

# Writes down what it was called with, and what a run leaves.
LOADTEST = """#!/bin/sh
printf '%s\\n' "$@" >"$CALLS/loadtest"
while [ "$1" != --out ]; do shift; done
[ "${CODE:-0}" -ge 64 ] || { mkdir -p "$2/one" && touch "$2/one/ledger.bin" "$2/one/run.json"; }
exit "${CODE:-0}"
"""
AWS = """#!/bin/sh
printf '%s ' "$@" >>"$CALLS/aws"
echo >>"$CALLS/aws"
case "$*" in
*--recursive*) find "$5" -type f | sed 's:.*/runs/::' | sort >"$CALLS/uploaded"; exit "${UPLOAD:-0}" ;;
*s3://bucket/target.json*) echo '{}' >"$5" ;;
esac
"""


class Worker(unittest.TestCase):
    def run_worker(self, *flags, **environment):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        programs, self.calls = folder / "bin", folder / "calls"
        programs.mkdir(), self.calls.mkdir()
        for name, text in [("loadtest", LOADTEST), ("aws", AWS)]:
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        env = {"PATH": f"{programs}:{os.environ['PATH']}", "CALLS": str(self.calls), "TMPDIR": str(folder)}
        env |= {"SHARDS": "4", "GROUP": "friday", "START_AT": "2026-11-27T18:00:00Z", "RESULTS": "s3://bucket/runs"}
        env |= environment
        env = {name: value for name, value in env.items() if value is not None}
        done = subprocess.run([HERE / "worker", *flags], env=env, capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stderr

    def called(self, name):
        return (self.calls / name).read_text().splitlines()

    def test_the_index_is_the_shard(self):
        for variable in ["JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX"]:
            code, told = self.run_worker("--rate", "40000", **{variable: "2"})
            self.assertEqual(code, 0, told)
            words = self.called("loadtest")
            self.assertEqual(words[:2], ["--rate", "40000"])
            self.assertEqual(words[words.index("--shard") + 1], "3/4")
            self.assertEqual(words[words.index("--shard-group") + 1], "friday")
            self.assertEqual(words[words.index("--start-at") + 1], "2026-11-27T18:00:00Z")
            self.assertEqual(self.called("uploaded"), ["one/ledger.bin", "one/run.json"])
            self.assertIn("s3://bucket/runs/friday", self.called("aws")[-1])

    def test_the_target_is_fetched(self):
        code, told = self.run_worker(JOB_COMPLETION_INDEX="0", TARGET="s3://bucket/target.json")
        self.assertEqual(code, 0, told)
        words = self.called("loadtest")
        self.assertEqual(words[:3], ["--target", "aws", "--outputs"])
        self.assertIn("--yes", words)

    def test_a_shard_without_a_pass_is_uploaded_all_the_same(self):
        for code in ["1", "2"]:
            self.assertEqual(self.run_worker(JOB_COMPLETION_INDEX="0", CODE=code)[0], 0)
            self.assertTrue((self.calls / "uploaded").exists())

    def test_what_was_not_run_or_not_saved_fails(self):
        self.assertEqual(self.run_worker(JOB_COMPLETION_INDEX="0", CODE="69")[0], 69)
        self.assertFalse((self.calls / "uploaded").exists())
        self.assertEqual(self.run_worker(JOB_COMPLETION_INDEX="0", UPLOAD="1")[0], 74)

    def test_what_is_missing_is_told(self):
        for environment, part in [
            ({}, "JOB_COMPLETION_INDEX"),
            ({"JOB_COMPLETION_INDEX": "x"}, "number"),
            ({"JOB_COMPLETION_INDEX": "0", "GROUP": None}, "GROUP is not set"),
            ({"JOB_COMPLETION_INDEX": "0", "RESULTS": "/tmp"}, "s3://BUCKET/FOLDER"),
        ]:
            code, told = self.run_worker(**environment)
            self.assertEqual(code, 64, told)
            self.assertIn(part, told)


class Start(unittest.TestCase):
    def start(self, *words):
        args = START["checked"](START["arguments"](list(words)), NOW)
        return START["start"](args)

    KUBERNETES = ["kubernetes", "--shards", "4", "--image", "registry.example/worker:1", "--results", "s3://b/runs", "--dry-run"]
    BATCH = ["batch", "--shards", "4", "--queue", "q", "--job-definition", "d", "--dry-run"]

    def test_a_job_of_kubernetes(self):
        text = self.start(*self.KUBERNETES, "--group", "Friday_1", "--in", "120", "--", "--rate", "40000", "--mix", "stripe=1,paypal=0,square=1")
        self.assertNotIn("${", text)
        for line in [
            "name: peakproof-friday-1",
            "completionMode: Indexed",
            "completions: 4",
            "parallelism: 4",
            "backoffLimit: 0",
            'args: ["--rate", "40000", "--mix", "stripe=1,paypal=0,square=1"]',
            'value: "2026-11-30T12:02:00Z"',
        ]:
            self.assertIn(line, text)

    def test_the_job_is_yaml(self):
        try:
            import yaml
        except ImportError:
            self.skipTest("PyYAML is not installed")
        account, job = yaml.safe_load_all(self.start(*self.KUBERNETES, "--", "--rate", "1e4"))
        self.assertEqual((account["kind"], job["kind"]), ("ServiceAccount", "Job"))
        pod = job["spec"]["template"]["spec"]
        self.assertEqual(pod["serviceAccountName"], account["metadata"]["name"])
        container = pod["containers"][0]
        self.assertEqual(container["args"], ["--rate", "1e4"])
        self.assertTrue(all(isinstance(one["value"], str) for one in container["env"]))
        self.assertEqual(container["resources"]["requests"], container["resources"]["limits"])

    def test_an_array_job_of_batch(self):
        job = json.loads(self.start(*self.BATCH, "--", "--rate", "40000"))
        self.assertEqual(job["arrayProperties"], {"size": 4})
        self.assertEqual(job["containerOverrides"]["command"], ["--rate", "40000"])
        variables = {one["name"]: one["value"] for one in job["containerOverrides"]["environment"]}
        self.assertEqual(variables, {"SHARDS": "4", "GROUP": "run-20261130t120000", "START_AT": "2026-11-30T12:05:00Z"})

    def test_what_cannot_be_is_refused(self):
        for words, part in [
            ([*self.BATCH, "--shards", "1"], "2 to 10000"),
            ([*self.KUBERNETES, "--shards", "0"], "1 to 10000"),
            ([*self.KUBERNETES, "--group", "a b"], "--group"),
            ([*self.KUBERNETES, "--in", "5"], "too soon"),
            ([*self.KUBERNETES, "--", "--shard", "1/2"], "--shard"),
            ([*self.KUBERNETES, "--", "--start-at=0"], "--start-at"),
            ([*self.KUBERNETES, "--results", "bucket"], "s3://BUCKET/FOLDER"),
            ([*self.KUBERNETES, "--target", 'x" y'], "TARGET"),
        ]:
            with self.assertRaises(START["Usage"], msg=words) as refused:
                self.start(*words)
            self.assertIn(part, str(refused.exception))


if __name__ == "__main__":
    unittest.main()
