"""Runs the program without Pulumi's engine and without AWS, and keeps what it declares: for the tests, and for `record.py`.

Nothing here is deployed.
"""
