"""The figures of a run as tables and a chart, for docs/performance.md and docs/scaling.md."""

import datetime
import html

from programs import ROOT, run


PERFORMANCE = ROOT / "docs/performance.md"


def write_performance(name, rows, about):
    """Writes the figures of some rows into docs/performance.md, and draws the chart."""
    put(PERFORMANCE, f"figures of {name}", f"{measured(about)}\n\n{table(rows)}")
    draw()


def draw():
    """Draws the chart from the page, whose parts may have been measured at different times."""
    PERFORMANCE.with_suffix(".svg").write_text(chart(goals(PERFORMANCE.read_text())))


def goals(page):
    """The rows with a goal in a page's tables: the name, the goal and the ratio."""
    lines = (line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| "))
    return [(what, goal, float(ratio.split("**")[1])) for what, _, goal, ratio, *_ in filter(lambda row: len(row) == 5, lines)
            if goal[0] in "≥≤"]


def write_growth(plan, about):
    """Writes the figures into docs/scaling.md."""
    put(ROOT / "docs/scaling.md", "figures", f"{measured(about)}\n\n{plan.sizes}\n\n{table(plan.rows)}")


def measured(about):
    return f"Measured on {datetime.date.today()}, commit {find_commit()}: {about}"


def find_commit():
    """The commit that is measured. The pages that the figures are written into do not make it another one."""
    commit = run("git", "rev-parse", "--short", "HEAD", cwd=ROOT).strip()
    changed = run("git", "status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs", cwd=ROOT)
    return f"{commit}-dirty" if changed.strip() else commit


def put(page, name, figures):
    """Replaces the text between two markers of a page."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    before, rest = page.read_text().split(begin)
    _, after = rest.split(end)
    page.write_text(f"{before}{begin}\n{figures}\n{end}{after}")


def table(rows):
    """Formats rows as a Markdown table."""
    lines = ["| what | against | goal | ratio: median (range) | rates |", "|---|---|---|---|---|"]
    lines += [f"| {what} | {against} | {goal} | **{ratio:.2f}** ({least:.2f} to {most:.2f}) | {detail} |"
              for what, against, goal, ratio, least, most, detail in rows]
    return "\n".join(lines)


def chart(rows):
    """An SVG with a bar a row: the ratio as a share of its goal, so that one line marks all goals."""
    height, left, unit = 24, 430, 220
    bars = []
    for number, (what, goal, ratio) in enumerate(rows):
        wanted = float(goal.split()[1])
        share = min(ratio / wanted if goal.startswith("≥") else wanted / ratio, 2.0)
        y = 30 + number * height
        bars.append(f'<text x="{left - 8}" y="{y + 15}" text-anchor="end">{html.escape(what)}</text>'
                    f'<rect x="{left}" y="{y + 3}" width="{share * unit:.0f}" height="{height - 8}" '
                    f'fill="{"#2e8b57" if share >= 1 else "#c27c0e"}"/>'
                    f'<text x="{left + share * unit + 6:.0f}" y="{y + 15}">{ratio:.2f} (goal {html.escape(goal)})</text>')
    bottom = 36 + len(rows) * height
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + 2 * unit + 150} {bottom + 6}" '
            'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>'
            f'<text x="{left + unit}" y="16" text-anchor="middle">goal</text>{"".join(bars)}'
            f'<line x1="{left + unit}" x2="{left + unit}" y1="22" y2="{bottom}" stroke="#333" stroke-dasharray="4"/></svg>\n')
