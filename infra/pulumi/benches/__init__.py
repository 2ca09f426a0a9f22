"""The handler over the Rust core beside the same in Python and boto3: `compare.py` measures, `pure.py` is the other one."""
