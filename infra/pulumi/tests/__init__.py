"""Tests of the stack under Pulumi's mocks: no pulumi command, no AWS."""
