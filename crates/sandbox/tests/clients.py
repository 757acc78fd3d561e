"""Signs in to a served sandbox and reads and writes users, with Microsoft's own libraries.

    clients.py certificate FOLDER        makes a certificate with its key in FOLDER
    clients.py check URL FOLDER SECRET   uses the sandbox at URL; prints what it did, fails at the first surprise

The libraries know Microsoft's hosts, insist on https, and keep their own addresses here: only the connection is led
to the sandbox, which stays on this machine.
"""

import asyncio

import datetime
import json
import pathlib
import sys

CLIENT = "5a4d0b00-0000-4000-8000-00000000c1d0"
TENANT = "c0a1e5b2-0000-4000-8000-000000000009"
SCOPE = "https://graph.microsoft.com/.default"
USER = "priya.raman@contoso.example"
HOSTS = {"login.microsoftonline.com": "entra", "graph.microsoft.com": "graph"}


def certificate(folder):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "contoso.example")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem, der = serialization.Encoding.PEM, serialization.Encoding.DER
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(private)
    (folder / "certificate.pem").write_bytes(made.public_bytes(pem))
    (folder / "certificate.der").write_bytes(made.public_bytes(der))
    public = key.public_key().public_bytes(der, serialization.PublicFormat.PKCS1)
    (folder / "public.der").write_bytes(public)


def led(sandbox, url):
    """Returns the address in the sandbox of one of Microsoft's, or fails."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    assert parts.scheme == "https" and parts.hostname in HOSTS, url
    query = f"?{parts.query}" if parts.query else ""
    return f"{sandbox}/{HOSTS[parts.hostname]}{parts.path}{query}"


def session(sandbox):
    import requests
    from requests.adapters import HTTPAdapter

    class Led(HTTPAdapter):
        def send(self, request, **kwargs):
            request.url = led(sandbox, request.url)
            return super().send(request, **kwargs)

    made = requests.Session()
    made.trust_env = False
    made.mount("https://", Led())
    return made


def msal_signs_in(sandbox, folder, secret):
    import msal

    http = session(sandbox)

    def application(credential, tenant=TENANT, **more):
        authority = f"https://login.microsoftonline.com/{tenant}"
        return msal.ConfidentialClientApplication(
            CLIENT, client_credential=credential, authority=authority, http_client=http, **more
        )

    key = (folder / "key.pem").read_text()
    pem = (folder / "certificate.pem").read_text()
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    sha1 = x509.load_pem_x509_certificate(pem.encode()).fingerprint(hashes.SHA1()).hex()
    ways = {
        "a secret, by the tenant's id": application(secret),
        "a secret, by a domain": application(secret, "contoso.example"),
        "a certificate and its SHA-256": application({"private_key": key, "public_certificate": pem}),
        "a certificate and its SHA-1": application({"private_key": key, "thumbprint": sha1}),
    }
    for way, app in ways.items():
        answer = app.acquire_token_for_client([SCOPE])
        assert "access_token" in answer, (way, answer)
        assert app.acquire_token_for_client([SCOPE])["token_source"] == "cache", way
        print(f"msal signed in with {way}")

    refused = application("wrong").acquire_token_for_client([SCOPE])
    assert (refused["error"], refused["error_codes"]) == ("invalid_client", [7000215]), refused
    print("msal was refused with a wrong secret")

    try:
        application(secret, "nowhere.example")
        raise AssertionError("an unknown tenant was believed")
    except ValueError as error:
        assert "nowhere.example" in str(error), error
        print("msal found no tenant of an unknown domain")

    try:
        stranger = "https://login.contoso.example/common"
        msal.ConfidentialClientApplication(
            CLIENT, client_credential=secret, authority=stranger, http_client=http
        ).acquire_token_for_client([SCOPE])
        raise AssertionError("an unknown host was believed")
    except ValueError as error:
        assert "invalid_instance" in str(error), error
        print("msal was told that a host is not Microsoft's")


def azure_identity_signs_in(sandbox, folder, secret):
    from azure.core.pipeline.transport import RequestsTransport
    from azure.identity import CertificateCredential, ClientSecretCredential

    def transport():
        return RequestsTransport(session=session(sandbox), session_owner=False)

    pem = (folder / "key.pem").read_bytes() + (folder / "certificate.pem").read_bytes()
    by_secret = ClientSecretCredential(TENANT, CLIENT, secret, transport=transport())
    by_certificate = CertificateCredential(TENANT, CLIENT, certificate_data=pem, transport=transport())
    for credential in (by_secret, by_certificate):
        assert credential.get_token(SCOPE).token
        print(f"azure-identity signed in: {type(credential).__name__}")
    return by_secret


async def graph_is_used(sandbox, credential):
    import httpx
    from kiota_abstractions.base_request_configuration import RequestConfiguration
    from kiota_abstractions.method import Method
    from kiota_abstractions.request_information import RequestInformation
    from kiota_abstractions.serialization import (
        ParseNodeFactoryRegistry,
        SerializationWriterFactoryRegistry,
    )
    from kiota_authentication_azure.azure_identity_authentication_provider import (
        AzureIdentityAuthenticationProvider,
    )
    from kiota_serialization_json.json_parse_node_factory import JsonParseNodeFactory
    from kiota_serialization_json.json_serialization_writer_factory import JsonSerializationWriterFactory
    from msgraph_core import BaseGraphRequestAdapter, GraphClientFactory
    from msgraph_core.requests.batch_request_builder import BatchRequestBuilder
    from msgraph_core.requests.batch_request_content import BatchRequestContent
    from msgraph_core.requests.batch_request_item import BatchRequestItem

    class Led(httpx.AsyncHTTPTransport):
        async def handle_async_request(self, request):
            request.url = httpx.URL(led(sandbox, str(request.url)))
            return await super().handle_async_request(request)

    own = httpx.AsyncClient(transport=Led(), trust_env=False, base_url="https://graph.microsoft.com/v1.0")
    ParseNodeFactoryRegistry().CONTENT_TYPE_ASSOCIATED_FACTORIES["application/json"] = JsonParseNodeFactory()
    SerializationWriterFactoryRegistry().CONTENT_TYPE_ASSOCIATED_FACTORIES["application/json"] = (
        JsonSerializationWriterFactory()
    )
    adapter = BaseGraphRequestAdapter(
        AzureIdentityAuthenticationProvider(credential, scopes=[SCOPE]),
        http_client=GraphClientFactory.create_with_default_middleware(client=own),
    )
    adapter.base_url = "https://graph.microsoft.com/v1.0"

    def request(method, url, body=None, **headers):
        made = RequestInformation()
        made.http_method = method
        made.url = f"https://graph.microsoft.com/v1.0{url}"
        for name, value in headers.items():
            made.headers.try_add(name.replace("_", "-"), value)
        if body is not None:
            made.headers.try_add("Content-Type", "application/json")
            made.content = json.dumps(body).encode()
        return made

    async def asked(method, url, body=None, **headers):
        answer = await adapter.send_primitive_async(request(method, url, body, **headers), "bytes", {})
        return json.loads(answer) if answer else None

    page = await asked(Method.GET, "/users?$top=5&$select=id, displayName,usageLocation,employeeId,faxNumber")
    assert len(page["value"]) == 5 and "@odata.nextLink" in page, page
    further = page["@odata.nextLink"].partition("/v1.0")[2]
    assert (await asked(Method.GET, further))["value"], "a further page"
    counted = await asked(Method.GET, "/users?$count=true&$top=1", ConsistencyLevel="eventual")
    assert counted["@odata.count"] > 20, counted
    print("msgraph-core read users, page by page and counted")

    user = {
        "@odata.type": "#microsoft.graph.user",
        "jobTitle": "Head of Clients",
        "otherMails@odata.type": "#Collection(String)",
        "otherMails": ["priya@elsewhere.example"],
    }
    await asked(Method.PATCH, f"/users('{USER}')", user, Prefer="return=minimal")
    read = await asked(Method.GET, f"/users/{USER}?$select=jobTitle,otherMails")
    assert (read["jobTitle"], read["otherMails"]) == (user["jobTitle"], user["otherMails"]), read
    print("msgraph-core changed a user, as its models are sent")

    [organisation] = (await asked(Method.GET, "/organization"))["value"]
    same = await asked(Method.GET, f"/organization/{organisation['id']}")
    assert same["displayName"] == organisation["displayName"] and same["id"] == TENANT, same
    licences = await asked(Method.GET, f"/users/{USER}/licenseDetails")
    assert [one["skuPartNumber"] for one in licences["value"]] == ["SPB"], licences
    print("msgraph-core read the organisation by its id, and a user's licences")

    batch = BatchRequestContent()
    for url in (f"/users/{USER}?$select=id,jobTitle", "/organization?$select=id"):
        item = BatchRequestItem(request_information=request(Method.GET, url))
        # The service wants the relative address; the library leaves the whole one there.
        item.url = url
        batch.add_request(item.id, item)
    answers = await BatchRequestBuilder(adapter).post(batch)
    statuses = answers.get_response_status_codes()
    assert sorted(statuses.values()) == [200, 200], statuses
    print("msgraph-core sent a batch")
    await own.aclose()


def main():
    match sys.argv[1:]:
        case ["certificate", folder]:
            certificate(pathlib.Path(folder))
        case ["check", url, folder, secret]:
            msal_signs_in(url, pathlib.Path(folder), secret)
            credential = azure_identity_signs_in(url, pathlib.Path(folder), secret)
            asyncio.run(graph_is_used(url, credential))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
