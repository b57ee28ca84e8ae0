"""Knowing the customer, level by level: what is told, shown and reviewed."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyotp
import pytest
from PIL import Image

from bedesten.services.customers.dossiers import UPLOADS_MAX
from bedesten.services.customers.kyc_records import DocumentKind
from bedesten.storage.directory import open_directory
from bedesten.storage.documents import DocumentFiles
from tests.dialects.bitgin.stand import EVERYTHING, SECOND, Answer, Client, Stand, open_stand

PERSON = {"name": "王小明", "gender": 1, "birthday": "1990/01/31", "identityNumber": "A123456789"}
PHONE = "+886912345678"
ANSWERS: dict[str, Any] = {
    "q1": {"value": "other", "otherValue": "to try it"}, "q2": {"value": "no"}, "q3": {"value": "1_to_3"},
    "q4": {"value": "less_than_50"},
}  # fmt: skip
BANK = {"code": "809", "branch": "0094", "account": "1531087300"}
BOUNDARY = "----bedesten"


def picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48)) -> bytes:
    """Return a small picture."""
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, kind)
    return out.getvalue()


PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def multipart(fields: dict[str, str], file: bytes | None, filename: str = "photo.jpg") -> bytes:
    """Return a form as a browser sends it."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    if file is not None:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n'
        parts.append(head.encode() + b"Content-Type: image/jpeg\r\n\r\n" + file + b"\r\n")
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


async def send_form(client: Client, path: str, fields: dict[str, str], file: bytes | None, **more: str) -> Answer:
    return await client.call(
        "POST", path, raw=multipart(fields, file, **more), kind=f"multipart/form-data; boundary={BOUNDARY}"
    )


async def show(client: Client, kind: int | str, file: bytes | None = None, **more: str) -> Answer:
    client.stand.clock.advance(SECOND)
    return await send_form(client, "/v1/kyc/image", {"type": str(kind)}, picture() if file is None else file, **more)


async def pass_level_1(client: Client, phone: str = PHONE, person: dict[str, Any] | None = None) -> None:
    """Tell who one is and prove a telephone number."""
    stand = client.stand
    name = (await client.get("/v1/user")).data["username"]
    assert (await client.post("/v1/kyc/basic_data", person or PERSON)).status == 200
    await stand.public.post("/v1/apply_verification_code", {"loginName": name, "mobilePhone": phone})
    answer = await client.post("/v1/kyc/verify_basic_data", {"mobilePhone": phone, "code": stand.code(phone)})
    assert answer.status == 200, answer.body


async def apply_level_2(client: Client) -> None:
    for kind in range(1, 6):
        assert (await show(client, kind)).status == 200
    assert (await client.post("/v1/kyc/apply_level_2", ANSWERS)).status == 200


@pytest.fixture
async def client(stand: Stand) -> Client:
    """Somebody who signed up and is signed in."""
    await stand.sign_up("test123")
    return await stand.sign_in("test123")


def account_of(stand: Stand, name: str = "test123") -> int:
    customer = stand.venue.customers.by_username(name)
    assert customer is not None
    return customer.account


async def test_a_customer_rises_to_level_three(stand: Stand, client: Client) -> None:
    """Told, proven, shown, reviewed; every level opens what it should, and what names a person is masked."""
    before = (await client.get("/v1/kyc/status")).data
    told = await client.post("/v1/kyc/basic_data", PERSON)
    await pass_level_1(client)
    first = (await client.get("/v1/user")).data
    await apply_level_2(client)
    pending = (await client.get("/v1/kyc/status")).data
    await stand.venue.customers.kyc.review(account_of(stand), 2, is_passed=True)
    second = (await client.get("/v1/user")).data
    asked = await send_form(client, "/v1/kyc/apply_level_3", BANK, picture("PNG"))
    await stand.venue.customers.kyc.review(account_of(stand), 3, is_passed=True)
    third = (await client.get("/v1/user")).data
    after = (await client.get("/v1/kyc/status")).data

    assert before == {
        "name": "", "gender": None, "identityNumber": "", "mobilePhone": "", "level": 0, "statusLevel1": 1,
        "idPhotoVerification": 1, "idSelfieVerification": 1, "secondIdPhotoVerification": 1, "addressVerification": 1,
        "statusLevel2": 1, "bankAccountVerification": 1, "statusLevel3": 1, "allowChangeBankAccount": True,
    }  # fmt: skip
    assert told.data == {"statusLevel3": 1, "statusLevel2": 1}
    assert (first["kycLevel"], first["isKyc"], first["allowCryptoDeposit"], first["allowTrade"]) == (
        1,
        True,
        True,
        False,
    )
    assert (pending["statusLevel2"], pending["idPhotoVerification"], pending["level"]) == (2, 2, 1)
    assert (second["kycLevel"], second["allowTrade"], second["allowFiatDeposit"]) == (2, True, False)
    assert asked.status == 200 and asked.data is None
    assert (third["kycLevel"], third["allowFiatDeposit"], third["allowFiatWithdrawal"]) == (3, True, True)
    assert (after["name"], after["identityNumber"], after["mobilePhone"]) == ("王*明", "A12*****89", "0912***678")
    assert {name: value for name, value in after.items() if "Verification" in name or "status" in name} == dict.fromkeys(
        ["statusLevel1", "idPhotoVerification", "idSelfieVerification", "secondIdPhotoVerification",
         "addressVerification", "statusLevel2", "bankAccountVerification", "statusLevel3"], 3,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": " "}, "[invalid name]"),
        ({"name": "x" * 65}, "[invalid name]"),
        ({"name": "a\nb"}, "[invalid name]"),
        ({"gender": 2}, "[invalid gender]"),
        ({"gender": "9" * 5000}, "[invalid gender]"),
        ({"birthday": "1990/02/30"}, "[invalid birthday]"),
        ({"birthday": "2020/01/01"}, "[invalid birthday]"),
        ({"birthday": "1800/01/01"}, "[invalid birthday]"),
        ({"birthday": ""}, "[invalid birthday]"),
        ({"identityNumber": "??"}, "[invalid identityNumber]"),
        ({"identityNumber": 7}, "[invalid identityNumber]"),
    ],
)
async def test_what_is_told_must_make_sense(client: Client, changes: dict[str, Any], message: str) -> None:
    """-2, with the name of what does not."""
    answer = await client.post("/v1/kyc/basic_data", {**PERSON, **changes})

    assert (answer.status, answer.code, answer.json["msg"]) == (400, -2, message)


async def test_one_identity_is_one_customers(stand: Stand, client: Client) -> None:
    """10031 for the second, who may still say who they really are; a first one who corrects theirs frees it."""
    await stand.sign_up("other")
    other = await stand.sign_in("other")
    await client.post("/v1/kyc/basic_data", PERSON)

    taken = await other.post("/v1/kyc/basic_data", {**PERSON, "identityNumber": " a123456789"})
    await client.post("/v1/kyc/basic_data", {**PERSON, "identityNumber": "B123456780"})
    freed = await other.post("/v1/kyc/basic_data", PERSON)

    assert (taken.status, taken.code, taken.json["success"]) == (400, 10031, True)
    assert freed.status == 200


async def test_level_one_is_told_once(stand: Stand, client: Client) -> None:
    """5605 when it is passed, 5601 while a higher level is under review."""
    await pass_level_1(client)
    passed = await client.post("/v1/kyc/basic_data", PERSON)
    again = await client.post("/v1/kyc/verify_basic_data", {"mobilePhone": PHONE, "code": "1"})
    await apply_level_2(client)
    under_review = await client.post("/v1/kyc/basic_data", PERSON)

    assert [(each.code, each.json["success"]) for each in (passed, again, under_review)] == [
        (5605, True), (5605, True), (5601, True),
    ]  # fmt: skip


async def test_a_telephone_is_proven_by_its_own_code(stand: Stand, client: Client) -> None:
    """Not by another number's, nor by an e-mail's; and not before there is anything to prove with it."""
    early = await client.post("/v1/kyc/verify_basic_data", {"mobilePhone": PHONE, "code": "1"})
    await client.post("/v1/kyc/basic_data", PERSON)
    await stand.public.post("/v1/apply_verification_code", {"loginName": "test123", "mobilePhone": "+886987654321"})
    code = stand.code("+886987654321")

    foreign = await client.post("/v1/kyc/verify_basic_data", {"mobilePhone": PHONE, "code": code})
    own = await client.post("/v1/kyc/verify_basic_data", {"mobilePhone": "0987 654 321", "code": code})

    assert (early.code, foreign.code, foreign.json["success"], own.status) == (5606, 10027, False, 200)


async def test_a_telephone_is_one_customers(stand: Stand, client: Client) -> None:
    """Anybody may ask whether it is free, in whatever spelling."""

    async def check(phone: Any) -> tuple[int, int, bool]:
        answer = await stand.public.post("/v1/kyc/check_mobile", {"mobilePhone": phone})
        return answer.status, answer.code, answer.json["success"]

    free = await check(PHONE)
    await pass_level_1(client)

    assert free == (200, 1, True)
    assert await check("0912-345-678") == await check(886912345678) == (400, 10012, True)
    for nonsense in ("", "x", "123", "+99912", "+8869" + "1" * 90, "+886912345678;ext=5"):
        assert await check(nonsense) == (400, 10017, True)


@pytest.mark.parametrize(
    ("file", "content_type"),
    [(picture("JPEG"), "image/jpeg"), (picture("PNG"), "image/png"), (PDF, "application/pdf")],
    ids=["jpg", "png", "pdf"],
)
async def test_a_document_is_known_by_what_it_is(client: Client, file: bytes, content_type: str) -> None:
    """Whatever it is called; a second one takes the place of the first, which is forgotten."""
    first = await show(client, 1, file, filename="../../etc/passwd")
    second = await show(client, 1, file)

    assert first.status == 200
    assert (first.data["contentType"], first.data["size"], first.data["filename"]) == (
        content_type, len(file), "../../etc/passwd",
    )  # fmt: skip
    assert first.data["id"] != second.data["id"]
    kyc = client.stand.venue.customers.kyc
    documents = kyc.dossiers.of_account(account_of(client.stand)).documents
    assert [each.id for each in documents.values()] == [second.data["id"]]
    assert await kyc.dossiers.load(documents[DocumentKind.ID_FRONT]) == file


@pytest.mark.parametrize(
    "file",
    [
        b"", b"GIF89a", b"%PDF-1.4 without an end", b"\xff\xd8\xff\xe0garbage", picture("PNG")[:-20],
        picture("JPEG")[:200], b"<svg/>", picture("PNG", (8000, 8000)),
    ],
    ids=["empty", "gif", "half a pdf", "no jpeg", "half a png", "half a jpeg", "svg", "bomb"],
)  # fmt: skip
async def test_what_is_no_document_is_refused(client: Client, file: bytes) -> None:
    """-2 "Invalid file.", and nothing is kept."""
    answer = await show(client, 1, file)

    assert (answer.status, answer.code, answer.json["msg"], answer.json["success"]) == (400, -2, "Invalid file.", False)
    assert not client.stand.venue.customers.kyc.dossiers.of_account(account_of(client.stand)).documents


@pytest.mark.parametrize("kind", ["0", "7", "", "x", "1.5", "²", "11"])
async def test_a_document_of_no_kind_is_refused(client: Client, kind: str) -> None:
    """-2 "Invalid type."."""
    answer = await show(client, kind)

    assert (answer.status, answer.code, answer.json["msg"]) == (400, -2, "Invalid type.")


async def test_a_file_beyond_five_megabytes_is_refused(client: Client) -> None:
    """Whether it is the file or the whole form that is too large."""
    fat = picture() + b"\0" * (5 * 1024 * 1024)
    fatter = fat + b"\0" * (128 * 1024)

    for file in (fat, fatter):
        answer = await show(client, 1, file)
        assert (answer.status, answer.code, answer.json["msg"]) == (400, -2, "Invalid file.")


async def test_documents_are_limited_by_the_day(client: Client) -> None:
    """So that nobody fills the disk."""
    codes = [(await show(client, 1)).code for _ in range(UPLOADS_MAX + 1)]

    assert set(codes[:-1]) == {1} and codes[-1] == -22


async def test_level_two_asks_for_papers_and_answers(client: Client) -> None:
    """In order: the level before, the answers, the papers; and once."""
    early = await client.post("/v1/kyc/apply_level_2", ANSWERS)
    await pass_level_1(client)
    missing = await client.post("/v1/kyc/apply_level_2", ANSWERS)
    await apply_level_2(client)
    again = await client.post("/v1/kyc/apply_level_2", ANSWERS)
    late = await show(client, 2)

    assert (early.code, early.json["success"]) == (-19, True)
    assert (missing.code, missing.json["msg"], missing.json["success"]) == (-2, "Missing image.", True)
    assert again.code == late.code == -19


@pytest.mark.parametrize(
    "changes",
    [
        {"q1": {"value": "other"}}, {"q1": {"value": "x"}}, {"q2": {"value": "yes"}}, {"q3": {"value": ""}}, {"q4": {}},
        {"q1": {"value": "other", "otherValue": "x" * 257}},
    ],
)  # fmt: skip
async def test_the_questionnaire_must_be_whole(client: Client, changes: dict[str, Any]) -> None:
    """5608."""
    await pass_level_1(client)
    for kind in range(1, 6):
        await show(client, kind)

    answer = await client.post("/v1/kyc/apply_level_2", {**ANSWERS, **changes})

    assert (answer.status, answer.code, answer.json["success"]) == (400, 5608, False)


async def test_a_rejected_document_is_shown_again(stand: Stand, client: Client) -> None:
    """The level waits for it; the other documents need not be shown twice."""
    await pass_level_1(client)
    await apply_level_2(client)
    await stand.venue.customers.kyc.reject_document(account_of(stand), DocumentKind.SELFIE)

    told = (await client.get("/v1/kyc/status")).data
    early = await client.post("/v1/kyc/apply_level_2", ANSWERS)
    await show(client, 3)
    again = await client.post("/v1/kyc/apply_level_2", ANSWERS)

    assert (told["statusLevel2"], told["idSelfieVerification"], told["idPhotoVerification"]) == (4, 4, 2)
    assert early.json["msg"] == "Missing image." and again.status == 200


async def test_level_three_asks_for_a_bank_account(stand: Stand, client: Client) -> None:
    """The level before, the account, the picture of its passbook; and whoever keeps bank accounts is told."""
    told: list[Any] = []

    async def on_bank(account: int, bank: Any, holder: str) -> None:
        told.append((account, bank.code, bank.branch, bank.account, holder))

    stand.venue.customers.kyc.on_bank = on_bank
    path = "/v1/kyc/apply_level_3"
    early = await send_form(client, path, BANK, picture())
    await pass_level_1(client)
    await apply_level_2(client)
    await stand.venue.customers.kyc.review(account_of(stand), 2, is_passed=True)
    no_bank = await send_form(client, path, {**BANK, "account": ""}, picture())
    no_image = await send_form(client, path, BANK, None)
    no_picture = await send_form(client, path, BANK, b"x")
    done = await send_form(client, path, BANK, picture())
    pending = (await client.get("/v1/kyc/status")).data
    await stand.venue.customers.kyc.review(account_of(stand), 3, is_passed=True)

    assert early.code == -19
    assert (no_bank.json["msg"], no_image.json["msg"]) == ("Missing bank account.", "Missing image.")
    assert (no_picture.json["msg"], done.status) == ("Invalid file.", 200)
    assert (pending["statusLevel3"], pending["bankAccountVerification"], pending["allowChangeBankAccount"]) == (
        2,
        2,
        False,
    )
    assert told == [(account_of(stand), "809", "0094", "1531087300", "王小明")]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "multipart/form-data; boundary=x"),
        (b"x" * 100, "multipart/form-data; boundary=x"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
        (b"--x\r\nno header\r\n\r\n\r\n--x--", "multipart/form-data; boundary=x"),
        (b"--x--", "multipart/form-data; boundary=" + "x" * 300),
        (b"--x--", "multipart/form-data"),
        (b"--x--", ""),
        (b"{}", "application/json"),
        (b"--x\r\na: b\r\n\r\n\r\n" * 40 + b"--x--", "multipart/form-data; boundary=x"),
        (b"--x\r\n" + b"a: b\r\n" * 5000 + b"\r\n\r\n--x--", "multipart/form-data; boundary=x"),
    ],
)
async def test_a_form_that_is_none_is_refused(client: Client, body: bytes, kind: str) -> None:
    """In the venue's envelope, whatever was sent."""
    answer = await client.call("POST", "/v1/kyc/image", raw=body, kind=kind)

    assert (answer.status, answer.code) == (400, -2)


def files_below(directory: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}


async def test_what_names_a_person_is_sealed_on_the_disk(tmp_path: Path) -> None:
    """Name, number, bank account, authenticator and pictures: none of it can be read in the files; all of it can here."""
    opened = open_directory(tmp_path)
    stand = await open_stand(store=opened.store, documents=DocumentFiles(tmp_path, opened.store.sealing))
    await stand.sign_up("test123")
    client = await stand.sign_in("test123")
    await pass_level_1(client)
    await show(client, 1)
    secret = (await client.get("/v1/user/apply_google_device_authenticator")).data["totpKey"]
    code = pyotp.TOTP(secret).at(stand.clock.now_ns() // SECOND)
    await client.post("/v1/user/bind_google_device_authenticator", {"totpCode": code, "totpKey": secret})
    name = (await client.get("/v1/kyc/status")).data["name"]
    await stand.close()
    opened.store.close()
    files = files_below(tmp_path)

    assert name == "王*明" and any(path.parent.name == "documents" for path in files)
    assert all(path.stat().st_mode & 0o077 == 0 for path in files if path.parent.name == "documents")
    for text in (PERSON["name"].encode(), PERSON["identityNumber"].encode(), secret.encode(), b"JFIF"):
        assert not [path for path, data in files.items() if text in data]
    again = open_directory(tmp_path)
    reopened = await open_stand(stand.clock, again.store, DocumentFiles(tmp_path, again.store.sealing))
    assert (await replace(client, stand=reopened).get("/v1/kyc/status")).data["name"] == "王*明"
    dossiers = reopened.venue.customers.kyc.dossiers
    (document,) = dossiers.of_account(account_of(reopened)).documents.values()
    assert await dossiers.load(document) == picture()
    await reopened.close()
    again.store.close()


async def test_kyc_needs_a_customer(stand: Stand) -> None:
    """An account that the operator opened for nobody has no dossier: -19. Without a token 10002, with the odd flag."""
    account = await stand.venue.accounts.open("broker")
    made = await stand.venue.keys.create(account.id, EVERYTHING)
    program = Client(stand, key=made.key, secret=made.secret)

    assert (await program.post("/v1/kyc/basic_data", PERSON)).code == -19
    refused = await stand.public.get("/v1/kyc/status")
    assert (refused.status, refused.code, refused.json["msg"], refused.json["success"]) == (401, 10002, None, True)
