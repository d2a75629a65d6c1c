# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether what name servers say is what must be, as sentences. Pure."""

from __future__ import annotations


def mistakes(observation, address):
    """One sentence for everything that is wrong with a name; the servers that say the same are named together."""
    name, answers = observation.name, observation.answers
    reached = {server: answer for server, answer in answers.items() if answer.problem is None}
    if not reached:
        said = "; ".join(f"{server}: {answer.problem}" for server, answer in answers.items())
        return [f"{name} can't be looked up ({said})"]
    found = {}
    for server, answer in reached.items():
        for sentence in _mistakes(name, answer, address):
            found.setdefault(sentence, []).append(server)
    return [sentence.format(servers=", ".join(servers)) for sentence, servers in found.items()]


def _mistakes(name, answer, address):
    if answer.cname and not answer.a:
        yield f"{name} is a CNAME to {answer.cname} at {{servers}}, and must be an A record for {address}"
    elif not answer.a:
        yield f"{name} has no A record at {{servers}}, and must be {address}"
    elif answer.a != (address,):
        yield f"{name} is {', '.join(answer.a)} at {{servers}}, and must be {address}"
    if answer.aaaa:
        yield (
            f"{name} has the AAAA record {', '.join(answer.aaaa)} at {{servers}}, and must have none, because visitors and "
            "certificate authorities would go there"
        )


def hint(observations, name_servers):
    """What to do, where the zone that we look after is not the one that the world asks."""
    asked = {server for observation in observations for server in observation.answers}
    if name_servers and asked and not asked & {*name_servers} and not any(server[:1].isdigit() for server in asked):
        return (
            f"The world asks {', '.join(sorted(asked))}, but the hosted zone is served by {', '.join(sorted(name_servers))}. "
            "Name these as the domain's name servers at its registrar."
        )
    return "A change can take as long to be seen as the old record's time to live."


def message(sentences, seconds, advice):
    lines = "".join(f"\n- {sentence}" for sentence in sentences)
    return f"DNS is not as it must be, after {seconds} seconds of waiting:{lines}\n{advice}"
