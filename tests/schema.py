"""Check JSON lines on standard input by a schema, of whose words only those are known
that docs/events.schema.json uses.  A key that the schema does not name is wrong, too."""
import json
import sys

schema = json.load(open(sys.argv[1], encoding="utf-8"))
KNOWN = {"$schema", "title", "description", "$defs", "$ref", "oneOf", "type", "enum", "const",
         "properties", "required", "items"}
TYPES = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}


def problems(s, v, at):
    assert not set(s) - KNOWN, set(s) - KNOWN
    if "$ref" in s:
        yield from problems(schema["$defs"][s["$ref"].rsplit("/", 1)[1]], v, at)
    if "oneOf" in s:
        found = [list(problems(one, v, at)) for one in s["oneOf"]]
        if sum(not f for f in found) != 1:
            yield min(found, key=len)[0] if any(found) else f"{at}: fits twice"
    if "const" in s and (type(v) is not type(s["const"]) or v != s["const"]):
        yield f"{at}: {v!r} is not {s['const']!r}"
    if "enum" in s and v not in s["enum"]:
        yield f"{at}: {v!r} is none of {s['enum']}"
    if "type" in s and (not isinstance(v, TYPES[s["type"]]) or (s["type"] == "integer" and v is True)):
        yield f"{at}: {v!r} is no {s['type']}"
    elif isinstance(v, dict):
        yield from (f"{at}: no {k}" for k in s.get("required", []) if k not in v)
        for k, one in v.items():
            if k in s.get("properties", {}):
                yield from problems(s["properties"][k], one, f"{at}.{k}")
            elif "properties" in s:
                yield f"{at}: {k} is not in the schema"
    elif isinstance(v, list):
        for i, one in enumerate(v):
            yield from problems(s["items"], one, f"{at}[{i}]")


lines = 0
for lines, line in enumerate(sys.stdin, 1):
    event = json.loads(line)
    for one in problems({"$ref": "#/$defs/" + event["event"]}, event, f"line {lines}"):
        sys.exit(one)
    for one in problems(schema, event, f"line {lines}"):
        sys.exit(one)
sys.exit(not lines)
