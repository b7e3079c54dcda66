"""Reads a metrics page with the parsers of PyPI's `prometheus_client`, which this project has not written.

Runs in the Python of .build-venv: `metrics_reader.py text|openmetrics` with the page on standard input; prints a JSON list
of families. The parser of OpenMetrics is strict about names, order, units, buckets and the end.
"""

import json
import sys

from prometheus_client import parser as text
from prometheus_client.openmetrics import parser as openmetrics


def main() -> None:
    parser = openmetrics if sys.argv[1] == "openmetrics" else text
    families = [
        {
            "name": family.name,
            "type": family.type,
            "unit": family.unit,
            "help": family.documentation,
            "samples": [
                {
                    "name": sample.name,
                    "labels": sample.labels,
                    "value": sample.value,
                    "exemplar": sample.exemplar
                    and {
                        "labels": sample.exemplar.labels,
                        "value": sample.exemplar.value,
                        "timestamp": sample.exemplar.timestamp and float(sample.exemplar.timestamp),
                    },
                }
                for sample in family.samples
            ],
        }
        for family in parser.text_string_to_metric_families(sys.stdin.read())
    ]
    print(json.dumps(families))


main()
