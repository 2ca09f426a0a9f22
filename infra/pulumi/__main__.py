"""The program that Pulumi runs: checks the configuration, declares the stack, exports its four outputs."""

from payments import config, stack

stack.export(stack.declare(config.of_stack()))
