"""What somebody writes who has the document and nothing else."""

import os
import re
from datetime import datetime, timezone
from io import BytesIO
from urllib.parse import parse_qs, urlparse
from uuid import uuid4

from campus_client import AuthenticatedClient, Client
from campus_client.api.books import list_books, rate_listed_book
from campus_client.api.files import download_file, upload_file
from campus_client.api.inventory import allocate_car, list_cars, release_car_allocation
from campus_client.api.users import log_in, sign_up
from campus_client.models import (
    Allocation,
    Credentials,
    NewAllocation,
    NewUser,
    OverlapProblem,
    RatingChange,
    Tokens,
    UploadFileFilesBody,
    User,
)
from campus_client.types import UNSET, File

base_url = os.environ["CAMPUS_URL"]
password = "a password of some length"
name = f"python-{uuid4().hex[:8]}"

stranger = Client(base_url=base_url)
new_user = NewUser(username=name, email=f"{name}@example.org", password=password)
user = sign_up.sync(client=stranger, body=new_user)
assert isinstance(user, User), user
tokens = log_in.sync(client=stranger, body=Credentials(username=name, password=password))
assert isinstance(tokens, Tokens), tokens
campus = AuthenticatedClient(base_url=base_url, token=tokens.access_token)

car = list_cars.sync(client=campus, limit=1)[0]
span = NewAllocation(
    from_datetime=datetime(2031, 5, 3, 9, tzinfo=timezone.utc),
    to_datetime=datetime(2031, 5, 3, 10, tzinfo=timezone.utc),
)
key = uuid4().hex
booked = allocate_car.sync(car.id, client=campus, body=span, idempotency_key=key)
assert isinstance(booked, Allocation), booked
assert booked.from_datetime == span.from_datetime
again = allocate_car.sync_detailed(car.id, client=campus, body=span, idempotency_key=key)
assert again.parsed == booked
assert again.headers["idempotent-replayed"] == "true"

refused = allocate_car.sync(car.id, client=campus, body=span)
assert isinstance(refused, OverlapProblem), refused
assert refused.conflicts[0].id == booked.id

titles = []
cursor = UNSET
while True:
    page = list_books.sync_detailed(client=campus, limit=3, cursor=cursor)
    titles += [book.title for book in page.parsed]
    link = re.match(r'<([^>]+)>; rel="next"', page.headers.get("link", ""))
    if link is None:
        break
    cursor = parse_qs(urlparse(link[1]).query)["cursor"][0]
assert len(titles) == len(set(titles)) > 3

book = list_books.sync(client=campus, limit=1)[0]
rating = rate_listed_book.sync(book.id, client=campus, body=RatingChange(value=8))
assert rating.value == 8

text = b"kept by a generated client in Python"
form = UploadFileFilesBody(upfile=File(payload=BytesIO(text), file_name="note.txt"))
file = upload_file.sync(client=campus, body=form)
assert file.size == len(text)
assert download_file.sync(file.file_hash, client=campus).payload.read() == text

released = release_car_allocation.sync_detailed(car.id, booked.id, client=campus)
assert released.status_code == 204
