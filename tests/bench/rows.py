"""The rows of the comparison: the base, and one thing changed at a time."""
import dataclasses
import itertools

KIB, MIB = 1 << 10, 1 << 20


@dataclasses.dataclass(frozen=True)
class Row:
    size: int = 4 * KIB
    sessions: int = 100
    recipients: int = 1
    accept_only: bool = False
    delay_ms: int = 0
    starttls: bool = False
    dkim: bool = False

    @property
    def name(self):
        size = f"{self.size // MIB} MiB" if self.size >= MIB else f"{self.size // KIB} KiB"
        parts = [size, f"{self.sessions:,} session" + "s" * (self.sessions > 1)]
        parts += [f"{self.recipients} recipients"] * (self.recipients > 1)
        parts += ["accept only"] * self.accept_only + [f"{self.delay_ms} ms replies"] * (self.delay_ms > 0)
        parts += ["STARTTLS"] * self.starttls + ["DKIM"] * self.dkim
        return ", ".join(parts)


BASE = Row()
ONE_SESSION_ACCEPTED = Row(sessions=1, accept_only=True)

# What each thing may be, the base first.
CHOICES = {
    "size": (4 * KIB, KIB, 64 * KIB, 5 * MIB),
    "sessions": (100, 1, 20, 1000),
    "recipients": (1, 10),
    "accept_only": (False, True),
    "delay_ms": (0, 10),
    "starttls": (False, True),
    "dkim": (False, True),
}


def by_default():
    changed = [Row(**{name: choice}) for name, choices in CHOICES.items() for choice in choices[1:]]
    return [BASE, *changed, ONE_SESSION_ACCEPTED]


def full():
    """Every combination; nothing waits for replies where nothing is delivered."""
    every = (Row(**dict(zip(CHOICES, choices))) for choices in itertools.product(*CHOICES.values()))
    return [row for row in every if not (row.accept_only and row.delay_ms)]
