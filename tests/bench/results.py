"""What the laps came to: medians, the table, the bars, and which aims are met."""
import collections
import statistics

import chart
from lap import Result
from rows import BASE, ONE_SESSION_ACCEPTED

AGAINST = "Postfix"
OURS = "Bracemail"
# Times Postfix end to end, at best and at least, and the share of what pgbench writes; times Postfix when one session is accepted;
# part of its CPU.
END_TO_END, END_TO_END_LEAST, SHARE, ONE_SESSION, CPU = 10, 6, 0.40, 2, 1 / 3
HEADER = ["relay", "messages/s", "× Postfix", "CPU s/1000", "memory MiB", "KiB written/message"]


class Results:
    def __init__(self, relays):
        self._relays = relays
        self._laps = collections.defaultdict(list)  # (row, relay's name) -> [Result]
        self._failures = {}                         # the same -> why
        self._baselines = []                        # of the database: (rate, stored, recorded, Bracemail's rate)
        self._rows = []

    def add(self, row, relay, result):
        self._note(row)
        self._laps[row, relay].append(result)

    def fail(self, row, relay, why):
        self._note(row)
        self._failures[row, relay] = why

    def add_baseline(self, baseline, rate):
        self._baselines.append((*baseline, rate))

    def has_failed(self, row, relay):
        return (row, relay) in self._failures

    def _note(self, row):
        if row not in self._rows:
            self._rows.append(row)

    def median(self, row, relay):
        """None where there is no result."""
        laps = self._laps.get((row, relay))
        if not laps or self.has_failed(row, relay):
            return None
        median = Result(*(statistics.median(column) for column in zip(*laps)))
        # Others that write to the same disk only add to it.
        return median._replace(written=min(lap.written for lap in laps))

    def ratio(self, row, relay):
        ours, theirs = self.median(row, relay), self.median(row, AGAINST)
        return ours.rate / theirs.rate if ours and theirs else None

    def _line(self, row, relay):
        median, ratio = self.median(row, relay), self.ratio(row, relay)
        if median is None:
            return [relay, "-", "", "", "", self._failures.get((row, relay), "not run")]
        return [relay, f"{median.rate:,.0f}", f"{ratio:.2f}" if ratio else "", f"{median.cpu:.2f}", f"{median.memory:.0f}",
                f"{median.written / 1024:,.1f}"]

    def table(self):
        """In Markdown."""
        lines = ["| row | " + " | ".join(HEADER) + " |", "| --- " * (len(HEADER) + 1) + "|"]
        for row in self._rows:
            for relay in self._relays:
                lines.append("| " + " | ".join([row.name, *self._line(row, relay)]) + " |")
        return "\n".join(lines) + "\n"

    def _words(self, row, relay):
        median, ratio = self.median(row, relay), self.ratio(row, relay)
        if median is None:
            return self._failures.get((row, relay), "not run")
        return f"{median.rate:,.0f}/s" + (f", {ratio:.2f} × {AGAINST}" if ratio and relay != AGAINST else "")

    def svg(self, below_title):
        groups = []
        for row in self._rows:
            medians = {relay: self.median(row, relay) for relay in self._relays}
            groups.append((row.name, [(relay, median.rate if median else None, self._words(row, relay))
                                      for relay, median in medians.items()]))
        return chart.draw("Mail relays: messages a second", below_title, groups)

    def aims(self):
        """A line for each aim that can be told: what it came to, and whether it holds."""
        lines = []

        def tell(what, value, wanted, holds):
            lines.append(f"{what}: {value} (wanted: {wanted}): {'holds' if holds else 'does not hold'}")
        ratio = self.ratio(BASE, OURS)
        if ratio:
            tell(f"end to end, {BASE.name}", f"{ratio:.1f} times {AGAINST}", f"{END_TO_END}", ratio >= END_TO_END)
            tell("the same", f"{ratio:.1f} times", f"{END_TO_END_LEAST} at least", ratio >= END_TO_END_LEAST)
            ours, theirs = self.median(BASE, OURS).cpu, self.median(BASE, AGAINST).cpu
            tell("CPU a message", f"{ours / theirs:.2f} of {AGAINST}'s", "under a third", ours / theirs < CPU)
        if self._baselines:
            rate, stored, recorded, ours = (statistics.median(column) for column in zip(*self._baselines))
            lines.append(f"pgbench, the same rows in the same batches ({stored:.1f} messages stored, {recorded:.1f} deliveries "
                         f"recorded in a transaction): {rate:,.0f} messages/s; {OURS}: {ours:,.0f}")
            tell(f"{OURS}'s share of that", f"{ours / rate:.0%}", f"{SHARE:.0%}", ours / rate >= SHARE)
        ratio = self.ratio(ONE_SESSION_ACCEPTED, OURS)
        if ratio:
            tell("accepting with one session", f"{ratio:.1f} times {AGAINST}", f"{ONE_SESSION}", ratio >= ONE_SESSION)
        return lines
