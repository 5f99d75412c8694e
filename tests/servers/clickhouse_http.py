"""A small HTTP server that hands queries to chdb and answers as ClickHouse would.

It tests a transport, and proves nothing of a real server. Run as a script with the
folder of a database; it prints its port. Who asks as `nobody` is refused, for
`unlucky` the connection breaks after the first rows.
"""

import base64
import os
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyarrow as pa

NO_SETTINGS = {
    "query",
    "database",
    "query_id",
    "default_format",
    "wait_end_of_query",
    "session_id",
    "enable_http_compression",
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None: ...

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        given = {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
        login = base64.b64decode(self.headers.get("Authorization", "")[6:]).decode()
        self.user, _, password = login.partition(":")
        if self.user == "nobody" or password == "wrong":
            return self.fail("Code: 516. DB::Exception: (AUTHENTICATION_FAILED)")
        if given.get("database", "default") != "default":
            return self.fail("Code: 81. DB::Exception: (UNKNOWN_DATABASE)")
        query = (body.decode() or given.get("query", "")).strip()
        query = re.sub(r"query_id = '(.*?)'", r"startsWith(query, '/*\1*/')", query)
        connection = driver.connect(".")
        try:
            settings = [
                f"{k} = '{v}'" for k, v in given.items() if k not in NO_SETTINGS
            ]
            if settings:
                connection.query(f"SET {', '.join(settings)}", "Null")
            self.answer(connection, query, given)
        except RuntimeError as error:
            self.fail(str(error))
        finally:
            connection.close()

    def answer(self, connection: Any, query: str, given: dict[str, str]) -> None:
        found = re.fullmatch(r"(.*)\sFORMAT (\w+)", query, re.S)
        query, form = found.groups() if found else (query, "TabSeparated")
        if form != "ArrowStream":
            form = given.get("default_format", form)
            return self.whole(connection.query(query, form).bytes())
        sent = connection.send_query(f"/*{given.get('query_id')}*/ {query}", form)
        chunk = connection.streaming_fetch_result(sent)
        first = pa.ipc.open_stream(chunk.bytes()).read_all()
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.close_connection = True
        try:
            self.stream(connection, sent, first)
            self.wfile.write(b"0\r\n\r\n")
        except OSError:  # nobody listens any more
            connection.streaming_cancel_query(sent)

    def stream(self, connection: Any, sent: Any, table: pa.Table) -> None:
        sink = Chunks(self.wfile)
        writer = pa.ipc.new_stream(sink, table.schema)
        while True:
            writer.write_table(table)
            if self.user == "unlucky":
                self.wfile.flush()
                os.close(self.connection.detach())
                raise OSError
            try:
                chunk = connection.streaming_fetch_result(sent)
            except RuntimeError as error:  # as an older server does it
                sink.write(str(error).encode())
                return
            if chunk.rows_read() == 0:
                break
            table = pa.ipc.open_stream(chunk.bytes()).read_all()
        writer.close()

    def whole(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def fail(self, text: str) -> None:
        content, number = text.encode(), text.split(".")[0].removeprefix("Code: ")
        self.send_response(403 if number == "516" else 500)
        self.send_header("X-ClickHouse-Exception-Code", number)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class Chunks:
    closed = False

    def __init__(self, file: Any) -> None:
        self.file = file

    def write(self, content: Any) -> int:
        size = memoryview(content).nbytes
        if size:
            self.file.write(f"{size:x}\r\n".encode() + bytes(content) + b"\r\n")
        return size

    def flush(self) -> None: ...

    def writable(self) -> bool:
        return True


if __name__ == "__main__":
    os.chdir(sys.argv[1])
    from chdb import _chdb as driver

    home = driver.connect(".")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()  # until the tests are done, or gone
    os._exit(0)
