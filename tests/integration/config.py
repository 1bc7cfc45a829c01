"""Writes Bracemail's configuration (libconfuse syntax) from nested dictionaries."""


def _value(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, (list, tuple)):
        return "{" + ", ".join(_value(each) for each in value) + "}"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def render(settings, indent=""):
    """{"hostname": "x", "api": {"listen": ["..."]}, "listener": {"NAME": {...}}} as text. None leaves a key out."""
    lines = []
    for key, value in settings.items():
        if value is None:
            continue
        if key == "listener":
            for name, listener in value.items():
                if listener is None:
                    continue
                lines += [f'{indent}listener "{name}" {{', render(listener, indent + "  "), f"{indent}}}"]
        elif isinstance(value, dict):
            lines += [f"{indent}{key} {{", render(value, indent + "  "), f"{indent}}}"]
        else:
            lines.append(f"{indent}{key} = {_value(value)}")
    return "\n".join(lines)


def merge(settings, changes):
    """settings with changes laid over, section by section."""
    merged = dict(settings)
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(merged.get(key), dict):
            value = merge(merged[key], value)
        merged[key] = value
    return merged
