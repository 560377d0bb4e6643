"""Tells what the mail in a folder says, as a program for mail reads it: one JSON object a mail."""

import email
import email.policy
import json
import pathlib
import sys

for path in sorted(pathlib.Path(sys.argv[1], "new").iterdir(), key=lambda path: path.stat().st_mtime_ns):
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    names = ["From", "To", "Subject", "Message-ID", "In-Reply-To", "References", "Date"]
    told = {name: str(mail[name]) for name in names}
    told["headers"] = [name for name in mail.keys() if not name.startswith("X-")]
    told["defects"] = [str(defect) for defect in mail.defects]
    told["plain"] = mail.get_body(("plain",)).get_content()
    told["html"] = mail.get_body(("html",)).get_content()
    print(json.dumps(told))
