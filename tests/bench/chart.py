"""Bars, as SVG: a group for each row of the comparison, a bar for each relay, each group by its own longest."""
from xml.sax.saxutils import escape

COLOURS = {"Bracemail": "#1b6ca8", "Postfix": "#c46a1b", "OpenSMTPD": "#6b8e23", "Exim": "#8e5aa8", "Haraka": "#7a7a7a"}
WIDTH, LEFT, LONGEST = 900, 110, 560
BAR, GAP, HEADING, TOP, LINE = 16, 4, 26, 52, 18


def _text(x, y, words, size=13, more=""):
    return f'<text x="{x}" y="{y}" font-size="{size}"{more}>{escape(words)}</text>'


def _bar(y, name, rate, longest, words):
    width = LONGEST * rate / longest if rate else 0
    return [_text(LEFT - 8, y + BAR - 3, name, more=' text-anchor="end"'),
            f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{COLOURS[name]}"/>',
            _text(LEFT + width + 6, y + BAR - 3, words, more="" if rate else ' fill="#888888"')]


def draw(title, below_title, groups):
    """below_title: lines. groups: [(heading, [(relay's name, messages a second or None, words beside the bar)])]. Returns SVG."""
    lines, y = [_text(16, 30, title, 20, ' font-weight="bold"')], TOP
    for words in below_title:
        lines.append(_text(16, y, words))
        y += LINE
    for heading, bars in groups:
        longest = max((rate for _, rate, _ in bars if rate), default=1)
        lines.append(_text(16, y + 16, heading, 14, ' font-weight="bold"'))
        y += HEADING
        for name, rate, words in bars:
            lines += _bar(y, name, rate, longest, words)
            y += BAR + GAP
        y += GAP * 2
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y + 10}" viewBox="0 0 {WIDTH} {y + 10}" '
                      'font-family="sans-serif" fill="#222222">', f'<rect width="{WIDTH}" height="{y + 10}" fill="#ffffff"/>',
                      *lines, "</svg>"]) + "\n"
