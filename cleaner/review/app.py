"""The server of the review page: routes, each a call to the desk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cleaner.review.desk import ConflictError, Desk
from cleaner.review.guard import Guard
from cleaner.types import CleanerError

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.serving import BaseWSGIServer

_MOST_BYTES = 4 << 20  # of a request


@dataclass(frozen=True, slots=True)
class Served:
    """A server that is ready to serve, and the address to open."""

    server: BaseWSGIServer
    address: str


def make_app(desk: Desk, guard: Guard) -> Flask:
    """The application. Nothing is answered that `guard` does not let through.

    Raises:
        CleanerError: the web framework is not installed.
    """
    try:
        from flask import Flask, jsonify, redirect, render_template, request
    except ImportError:
        raise CleanerError(
            "the review page needs Flask: pip install 'pagecleaner[review]'"
        ) from None
    from werkzeug.exceptions import HTTPException
    from werkzeug.wrappers import Response

    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = _MOST_BYTES
    app.json.sort_keys = False  # type: ignore[attr-defined]

    @app.before_request
    def check() -> Response | None:
        refused = guard.refuses(request)
        if refused:
            response = jsonify(error=refused)
            response.status_code = 403
            return response
        desk.survey.somebody_waits()
        return None

    @app.after_request
    def protect(response: Any) -> Any:
        for name, value in guard.headers.items():
            response.headers[name] = value
        return response

    @app.errorhandler(CleanerError)
    def mistake(error: CleanerError) -> tuple[Response, int]:
        return jsonify(error=str(error)), 400

    @app.errorhandler(ConflictError)
    def conflict(error: ConflictError) -> tuple[Response, int]:
        return jsonify(error=str(error)), 409

    @app.errorhandler(OSError)
    def unwritten(error: OSError) -> tuple[Response, int]:
        place = error.filename2 or error.filename
        reason = error.strerror or str(error)
        return jsonify(error=f"{place}: {reason}" if place else reason), 500

    @app.errorhandler(RecursionError)
    def too_deep(error: RecursionError) -> tuple[Response, int]:
        return jsonify(error="the request is nested too deep"), 400

    @app.errorhandler(HTTPException)
    def wrong(error: HTTPException) -> tuple[Response, int]:
        return jsonify(error=error.description or error.name), error.code or 500

    @app.get("/")
    def index() -> Any:
        if "token" in request.args:  # checked; out of the address and the history with it
            response = redirect("/")
            guard.remember(response)
            return response
        return render_template("review.html", csrf=guard.csrf, by=desk.by)

    @app.get("/api/state")
    def state() -> Any:
        return jsonify(desk.state())

    @app.get("/api/queue")
    def queue() -> Any:
        return jsonify(desk.queue(request.args.get("order", "mixed"), request.args.get("site")))

    @app.get("/api/page/<int:number>")
    def page(number: int) -> Any:
        return jsonify(desk.page(number))

    @app.get("/api/twins/<int:number>/<int:line>")
    def twins(number: int, line: int) -> Any:
        return jsonify(desk.twins(number, line))

    @app.get("/api/proposal")
    def proposal() -> Any:
        return jsonify(desk.proposal())

    actions: dict[str, Callable[[_Body], Any]] = {
        "label": lambda body: desk.label(
            body.number("page"), body.numbers("lines"), keep=body.flag("keep"),
            kind=body.text_or_none("kind"), version=body.number("version"),
        ),
        "confirm": lambda body: desk.confirm(
            body.number("page"), generation=body.number("generation"),
            version=body.number("version"),
        ),
        "twins": lambda body: desk.label_twins(
            body.number("page"), body.number("line"), keep=body.flag("keep"),
            kind=body.text_or_none("kind"), version=body.number("version"),
        ),
        "undo": lambda body: desk.undo(body.text("action")),
        "rule/preview": lambda body: desk.preview_rule(
            body.number("page"), body.number("line"), keep=body.flag("keep"),
            kind=body.text_or_none("kind"), site=body.text("site"),
        ),
        "rule/save": lambda body: desk.save_rule(
            body.number("page"), body.number("line"), keep=body.flag("keep"),
            kind=body.text_or_none("kind"), site=body.text("site"), seen=body.number("seen"),
        ),
        "train": lambda body: desk.train(body.text("site"), body.number("page")),
        "accept": lambda body: desk.accept(),
    }  # fmt: skip

    @app.post("/api/<path:name>")
    def act(name: str) -> Any:
        if name not in actions:
            raise CleanerError(f"no action {name!r}")
        return jsonify(actions[name](_Body(request.get_json())) or {})

    return app


def serve(desk: Desk, *, host: str, port: int) -> Served:
    """A server that listens, on any free port if `port` is 0; `serve_forever` is to be called.

    Raises:
        CleanerError: Flask is missing, or the port is taken.
    """
    guard = Guard(host)
    app = make_app(desk, guard)
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"

        def log(self, type: str, message: str, *args: Any) -> None:
            """Say nothing of requests."""

    try:
        server = make_server(host, port, app, threaded=True, request_handler=Quiet)
    except (OSError, SystemExit):  # werkzeug exits, having said why
        raise CleanerError(
            f"{host}:{port} cannot be listened on: it is taken, or not this machine's"
        ) from None
    guard.listen(server.server_port)
    return Served(server, guard.address)


class _Body:
    """The JSON of a request, of which each value is checked when it is taken."""

    def __init__(self, values: object) -> None:
        if not isinstance(values, dict):
            raise CleanerError("expected a JSON object")
        self._values = values

    def number(self, name: str) -> int:
        value = self._values.get(name)
        if type(value) is not int or value < 0:
            raise CleanerError(f"{name}: expected a whole number")
        return value

    def numbers(self, name: str) -> list[int]:
        value = self._values.get(name)
        if not isinstance(value, list) or any(type(one) is not int for one in value):
            raise CleanerError(f"{name}: expected a list of whole numbers")
        return sorted(set(value))

    def flag(self, name: str) -> bool:
        value = self._values.get(name)
        if type(value) is not bool:
            raise CleanerError(f"{name}: expected true or false")
        return value

    def text(self, name: str) -> str:
        value = self._values.get(name)
        if not isinstance(value, str) or not value.strip() or len(value) > 300:
            raise CleanerError(f"{name}: expected a short text")
        return value.strip()

    def text_or_none(self, name: str) -> str | None:
        return None if self._values.get(name) is None else self.text(name)
