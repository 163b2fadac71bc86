"""The plan of a run: durations, repetitions, the turns of the two sides, and the resulting rows."""

import statistics


class Plan:
    def __init__(self, quick=False, claims=None):
        self.quick = quick
        self.seconds = 3 if quick else 10
        self.repeats = 1 if quick else 3
        self.claims = 100_000 if quick else 1_000_000
        self.bulk = 20_000 if quick else 100_000
        self.growth = claims  # None: as many as fit the disk
        self.sizes = ""  # the table of sizes in docs/scaling.md
        self.rows = []

    def turns(self, before, ours, theirs):
        """Measures both sides several times, each after the same preparation. The side that goes first alternates. Both
        functions get the number of the turn."""
        results = {ours: [], theirs: []}
        for turn in range(self.repeats):
            for side in (ours, theirs) if turn % 2 == 0 else (theirs, ours):
                before()
                results[side].append(side(turn))
        return results[ours], results[theirs]

    def row(self, what, against, goal, ratios, detail):
        """Adds a row. A goal is "≥ 1.5", "≤ 0.5", or "—" for a figure without one."""
        ratio = statistics.median(ratios)
        self.rows.append((what, against, goal, ratio, min(ratios), max(ratios), detail))
        print(f"{what} | {against} | goal {goal} | {ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f}) | {detail}",
              flush=True)

    def rates(self, what, against, goal, ours, theirs, of="a second"):
        """Adds a row of two lists of rates."""
        self.row(what, against, goal, [a / b for a, b in zip(ours, theirs)],
                 f"{statistics.median(ours):,.0f} and {statistics.median(theirs):,.0f} {of}")


def each(figures, name):
    return [figure[name] for figure in figures]
