"""What the commands here share: how they speak, and how they end."""

import argparse
import sys

import project

PASSED, FAILED, NO_VERDICT, USAGE = 0, 1, 2, 64


def say(sentence):
    print(sentence, file=sys.stderr, flush=True)


class Parser(argparse.ArgumentParser):
    """argparse, with the exit code that this project's commands have for a usage error."""

    def __init__(self, description):
        super().__init__(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
        self.add_argument("--arch", choices=project.ARCHITECTURES, default="arm64", help="Lambda's architecture [%(default)s]")

    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")
