#!/usr/bin/env python3
"""Our conversations in LoCoMo's form, with two thousand distractors.

    make_memories.py memories.txt >memories.json

memories.txt says what a line of it is.  Distractors are plausible talk that
answers none of the questions; they stand in sessions of their own between
those that were written by hand, at times that no question asks for.  The same
input gives the same output on every machine.
"""
import datetime
import json
import re
import sys

import distractors

CATEGORIES = {"multi": 1, "update": 1, "time": 2, "standing": 3}
DATED = "%I:%M %p on %d %B, %Y"
LINES = 20  # of a session of distractors


class Talk:
    """One conversation."""

    def __init__(self, name, kind, count):
        self.name, self.kind, self.count = name, kind, int(count)
        self.sessions = []   # [(time, [(speaker, label, text)])]
        self.questions = []  # [(kind, labels, text, asked)]


def when(text):
    return datetime.datetime.strptime(text.strip(), DATED)


def parse_question(line):
    """'? kind : labels : question', or '?@ TIME ? ...'."""
    asked = None
    if line.startswith("?@"):
        asked, line = line[2:].split("?", 1)
    kind, labels, text = line.lstrip("? ").split(" : ", 2)
    return kind.strip(), labels.split(), text.strip(), \
        asked.strip() if asked else None


def parse(lines):
    """The conversations."""
    talks = []
    for number, line in enumerate(lines, 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("="):
            talks.append(Talk(*line[1:].split()))
        elif line.startswith("@"):
            talks[-1].sessions.append((when(line[1:]), []))
        elif line.startswith("?"):
            talks[-1].questions.append(parse_question(line))
        else:
            said = re.fullmatch(r"(\w+)(?: \[(\w+)\])?: (.*)", line)
            if not said:
                sys.exit("line %d: what is this?" % number)
            talks[-1].sessions[-1][1].append(said.groups())
    return talks


def speakers_of(talk):
    names = []
    for _, lines in talk.sessions:
        names += [name for name, _, _ in lines if name not in names]
    return names


def places(talk, count):
    """Times of `count` sessions between those of the talk: where a quarter to
    three fifths of a gap are over, so that they are never the answer to what
    happened before a day or in a month that is asked for."""
    times = [time for time, _ in talk.sessions]
    gaps = list(zip(times, times[1:]))
    found = []
    for number in range(count):
        begin, end = gaps[number % len(gaps)]
        turn = number // len(gaps)
        turns = (count + len(gaps) - 1) // len(gaps)
        share = 0.25 + 0.35 * turn / turns
        time = begin + (end - begin) * share
        found.append(time.replace(second=0, microsecond=0))
    return found


def add_distractors(talk):
    lines = distractors.lines(talk.kind, speakers_of(talk), talk.count)
    chunks = [lines[i:i + LINES] for i in range(0, len(lines), LINES)]
    for time, chunk in zip(places(talk, len(chunks)), chunks):
        talk.sessions.append((time, [(name, None, text)
                                     for name, text in chunk]))
    talk.sessions.sort(key=lambda session: session[0])


def clock(time):
    """As LoCoMo writes it: 1:56 pm on 8 May, 2023."""
    return "%d:%02d %s on %d %s, %d" % (
        (time.hour + 11) % 12 + 1, time.minute,
        "pm" if time.hour >= 12 else "am", time.day, time.strftime("%B"),
        time.year)


def to_locomo(talk):
    names = speakers_of(talk)
    out = {"speaker_a": names[0], "speaker_b": names[1]}
    ids, texts = {}, {}
    for number, (time, lines) in enumerate(talk.sessions, 1):
        session = []
        for place, (speaker, label, text) in enumerate(lines, 1):
            name = "D%d:%d" % (number, place)
            session.append({"speaker": speaker, "dia_id": name, "text": text})
            if label:
                if label in ids:
                    sys.exit("%s: label %s twice" % (talk.name, label))
                ids[label], texts[label] = name, text
        out["session_%d_date_time" % number] = clock(time)
        out["session_%d" % number] = session
    questions = []
    for kind, labels, text, asked in talk.questions:
        qa = {"question": text, "answer": " ".join(texts[one]
                                                   for one in labels),
              "evidence": [ids[one] for one in labels],
              "category": CATEGORIES.get(kind, 4), "kind": kind}
        if asked:
            qa["asked"] = asked
        questions.append(qa)
    return {"sample_id": talk.name, "conversation": out, "qa": questions}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        talks = parse(file)
    for talk in talks:
        add_distractors(talk)
    text = json.dumps([to_locomo(talk) for talk in talks], indent=1,
                      ensure_ascii=False)
    sys.stdout.buffer.write(text.encode("utf-8") + b"\n")


main()
