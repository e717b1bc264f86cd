"""Record how the server's built-in engines read JSON values: `python -m` this module.

It writes `conversions.jsonl` beside it: a line for each field type and value.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from labkit.servers.plugin.fields import Kind
from tests.servers.plugin.builtin_fields import ask_builtin, mount_builtins
from tests.servers.plugin.conftest import running_server

CONVERSIONS = Path(__file__).with_name("conversions.jsonl")
VALUES = [
    *['""', '"abc"', '"5"', '"-5"', "5", "-5", "0", "2", "1.5", "2.0", "1e3", "1E2", "-0", "-0.0"],
    *["true", "false", "null", "[]", "{}", '["a"]', '["a","b"]', "[true]", "[5]", '["true"]'],
    *["[1,true,1.5]", '[["a"]]', '[["a"],["b"],1]', '[{"a":1}]', "[null]", "[null,null]", "[[]]"],
    *["[{}]", '{"a":1}', '{"a":"b","c":null}', '{"a":["b"]}', '{"a":{"b":1}}', '{"a":true}'],
    *['{"a":1.5}', '[{"a":1},{"b":2}]', '[{"a":1},"x"]', '[{"a":1},null]', '[null,{"a":1}]'],
    *['[{"b":[1,"x",null,true,{"c":{}}],"a":"q"}]', '["a",["b"],{"c":1}]', '[[{"a":1}],[]]'],
    *["[0,1,[2],3,4,5,6,7,8,9,[10]]", '["a=b",["c"]]', '[["a=b"]]'],
    *['"a,b , c"', '" , "', '","', '" a "', '[" a ",""]', '["a,b"]', '"\\ta\\n"', '"\\u00a0x"'],
    *['"a=b"', '["a=b","c=d=e","f="]', '["=b"]', '["x"]', '["a=b","x"]', '"a=b,c=d"'],
    *['"true"', '"TRUE"', '"tRUE"', '"t"', '"T"', '"yes"', '"f"', '"False"', '"1"', '"0"'],
    *['"0x10"', '"010"', '"08"', '"0b11"', '"0o17"', '"0x"', '"0x_1"', '"0_7"', '"_1"', '"1__0"'],
    *['"1_000"', '"0_"', '"+5"', '"+"', '"--5"', '" 5"', '"5 "', '"1e3"', '"1.5"', '"5."', '"-0"'],
    *['"9223372036854775807"', '"9223372036854775808"', "9223372036854775807"],
    *["9223372036854775808", "-9223372036854775808", "-9223372036854775809"],
    *["99999999999999999999999", "123456789012345678901234567890.5", '"18446744073709551616x"'],
    *['"1h"', '"1h30m"', '"+1h"', '"2d"', '"1.5d"', '"1d1h"', '"d"', '"-1d"', '"1.5s"', '".5h"'],
    *['"300ms"', '"-300ms"', '"-1m"', '"1\\u00b5s"', '"1\\u03bcs"', '"1h1"', '"1x"', '"h"', '"."'],
    *['"-"', '"--1h"', '"1h-5m"', '".s"', '"9999999999h"', '"2562048h"', '"106751d"', '"106752d"'],
    *["9223372036", "9223372037", '"9223372037"', '"9223372036854775807ns"'],
    *['"9223372036854775808ns"', '"99999999999999999999d"', '"1.99999999999999999999s"'],
    *['"1\\u00e9"', '"\\u00e9"', '"\\u00e9d"', '"\\u200bd"', '"\\ud800"', '"a\\nb"', '"1h\\"x"'],
]


def record(folder: Path) -> str:
    """Return the lines that a fresh server gives."""
    with running_server(folder, {}) as server:
        mount_builtins(server.vault)
        rows = [
            {"type": kind.name, "sent": sent, **answer}
            for kind in Kind
            for sent in VALUES
            if (answer := ask_builtin(server.vault, kind, sent)) is not None
        ]
    return "".join(json.dumps(row) + "\n" for row in rows)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        CONVERSIONS.write_text(record(Path(name)))
    sys.stdout.write(f"wrote {CONVERSIONS.name}\n")
