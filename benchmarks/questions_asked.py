"""Questions with the places that answer them, written down before anything was tuned by them.

A place is a file with a definition or heading in it; with "" any part of the file counts. Weights are
fitted on the first, third, fifth … of each set; the others are held back.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    question: str
    places: tuple[tuple[str, str], ...]
    """Ends of paths with symbols; none where the workspace has no answer."""


def _asked(question: str, *places: str) -> Asked:
    """Each place as "file" or "file symbol"."""
    pairs = tuple((file, symbol) for file, _, symbol in (each.partition(" ") for each in places))
    return Asked(question, pairs)


UNSEEN = (
    _asked("How are server-sent events parsed?", "sse.py"),
    _asked("Which function writes JSON to a file atomically?", "util.py save_json_atomic"),
    _asked("What is the precedence between flags, environment variables and defaults?", "config.py"),
    _asked("How does it work out a name for an environment variable of a setting?", "config.py env_name"),
    _asked("Where is the default data directory chosen?", "config.py default_data_dir"),
    _asked("What does the doctor command check?", "doctor.py"),
    _asked("How are recorded requests matched with the tasks in the server's log?", "pairing.py"),
    _asked(
        "How is the timestamp of a llama-server log line parsed?",
        "serverlog.py parse_log_ts",
        "serverlog.py _ts_from_match",
    ),
    _asked("What detects requests that ran concurrently?", "pairing.py mark_concurrency"),
    _asked("Where is the length of the common prefix of two token lists computed?", "util.py lcp_len"),
    _asked("How is a prompt compared with an earlier one, token by token?", "diff.py"),
    _asked("How do you tokenize text with llama-server over HTTP?", "client.py LlamaCppClient"),
    _asked("When is a cached analysis still valid?", "analyze.py analysis_valid", "analyze.py Pipeline"),
    _asked("What prints the summary of a session for people to read?", "summarize.py print_session"),
    _asked("How does `start` find an instance that already runs?", "start.py find_running"),
    _asked(
        "Where is the usage of an Anthropic stream collected from its events?",
        "usage.py anthropic_usage_from_events",
    ),
    _asked("How are prices updated in the background?", "update_prices.py"),
    _asked(
        "How can I wait until the prices have been updated in async code?",
        "update_prices.py wait_prices_updated_async",
    ),
    _asked("How are two usage values added?", "_usage.py add_usage_values", "_usage.py sum_usage_values"),
    _asked(
        "Where are the options of the command line for calculating a price?",
        "_cli.py CalcCLI",
        "_cli.py calc_prices",
    ),
    _asked(
        "How is a provider found by its id?",
        "data_snapshot.py find_provider_by_id",
        "data_snapshot.py DataSnapshot",
    ),
    _asked(
        "Can I replace the bundled price data with my own snapshot?", "data_snapshot.py set_custom_snapshot"
    ),
    _asked(
        "What happens when a usage value is negative or not a number?",
        "_usage.py validate_usage_value",
        "_usage.py _invalid_usage_value",
    ),
    _asked("What is a unit and how is it found for a price key?", "units.py"),
    _asked(
        "Which exception is raised when the prompt is longer than the context?",
        "exceptions.py LlamaContextOverflowError",
    ),
    _asked(
        "How is an error built from an HTTP response?",
        "exceptions.py error_from_response",
        "exceptions.py _build_error",
    ),
    _asked("What happens when a stream is cut off in the middle?", "exceptions.py error_from_cut_off_stream"),
    _asked(
        "How long does the chat model wait before it retries a request?",
        "chat_models.py ChatLlama._retry_delay_or_raise",
        "chat_models.py ChatLlama",
    ),
    _asked(
        "How do I get structured output from the chat model?",
        "chat_models.py ChatLlama.with_structured_output",
    ),
    _asked(
        "How are LangChain messages converted to what the server takes?", "chat_models.py _convert_message"
    ),
    _asked("Which timings does llama-server report?", "_wire.py LlamaTimings"),
    _asked("How can a message be printed nicely?", "utils.py"),
    _asked("Where are the tools bound to the model?", "chat_models.py ChatLlama.bind_tools"),
    _asked(
        "What do the log probabilities of tokens look like on the wire?",
        "_wire.py LlamaLogprobs",
        "_wire.py LlamaTokenLogprob",
        "_wire.py LlamaTopLogprob",
    ),
)
UNSEEN_NOT_THERE = (
    _asked("How are user passwords hashed?"),
    _asked("Which database migrations does it run?"),
    _asked("How is the Kubernetes deployment configured?"),
    _asked("Where are images resized to thumbnails?"),
    _asked("How does the payment form validate a credit card?"),
    _asked("What is the GraphQL schema for the customer?"),
    _asked("How does the game compute collisions of sprites?"),
    _asked("Which CSS framework styles the login page?"),
    _asked("How are e-mails sent to new subscribers?"),
    _asked("Where is the OAuth callback handled?"),
    _asked("How does the scheduler distribute jobs over workers in Celery?"),
    _asked("Which Terraform module creates the VPC?"),
)
OWN = (
    _asked(
        "Where are secrets hidden before text leaves this machine?",
        "routing/execute.py hidden",
        "privacy/secrets.py",
        "architecture.md",
    ),
    _asked(
        "Which module opens network connections?", "privacy/egress.py", "architecture.md", "test_arrows.py"
    ),
    _asked("How many tokens is a text estimated to be?", "routing/estimate.py"),
    _asked(
        "What does the engine do when it is idle for long?",
        "backends/engine.py",
        "backends/engine_host.py",
        "architecture.md",
        "config.yaml",
        "schema.py",
    ),
    _asked(
        "How does the circuit breaker decide that a backend rests?",
        "backends/breaker.py",
        "backends/health.py",
    ),
    _asked("What is the default budget in milliseconds for a completion?", "config.yaml", "schema.py"),
    _asked("How is a grammar used for token healing?", "completion/healing.py", "architecture.md"),
    _asked("Which file names count as secret?", "privacy/files.py"),
    _asked(
        "How are Ollama models that run in its cloud told from local ones?",
        "backends/ollama.py",
        "architecture.md",
        "docs/routing.md",
    ),
    _asked(
        "What keeps a refactoring from writing outside of the workspace?",
        "refactor/terrain.py",
        "refactor/landing.py",
        "architecture.md",
    ),
    _asked("Where are JSON answers of a model repaired?", "routing/structured.py"),
    _asked(
        "How is the quantization chosen when a model exists in several?",
        "routing/ranking.py",
        "models/quantization.py",
        "models/planner.py",
    ),
    _asked("How does the memory planner compute the KV cache?", "models/memory.py", "models/planner.py"),
    _asked(
        "What happens when memory is above memory.limit_percent?",
        "observe/pressure.py",
        "observe/memory.py",
        "routing/relief.py",
        "config.yaml",
        "architecture.md",
    ),
    _asked("How does the server know that the editor's process has ended?", "lsp/watch.py"),
    _asked(
        "How are positions in UTF-16 converted?",
        "documents/encoding.py",
        "documents/text.py",
        "lsp/convert.py",
    ),
    _asked("Where does the ledger write its records?", "observe/ledger.py", "observe/store.py"),
    _asked(
        "How are downloads of models resumed?", "models/transfer.py", "models/fetch.py", "models/over_http.py"
    ),
    _asked("Which filter cuts repetitions?", "filters/repetition.py"),
    _asked(
        "How is the hash of a downloaded model verified?",
        "models/fetch.py",
        "models/store.py",
        "models/transfer.py",
    ),
    _asked("How do I add a new language?", "architecture.md"),
    _asked("What did speculation by n-grams bring?", "architecture.md"),
    _asked("Where is the fill-in-the-middle prompt of CodeLlama?", "models/fim.py"),
    _asked("How is Anthropic asked for structured output?", "backends/anthropic.py"),
    _asked(
        "How does the gate decide how much of a draft is shown?",
        "completion/gate.py",
        "architecture.md",
        "completion/offer.py",
    ),
    _asked("What does `emberline privacy set` write?", "cli/privacy.py", "config/edit.py", "README.md"),
    _asked("How are environment variables turned into settings?", "config/variables.py"),
    _asked("Which checks must a refactoring pass?", "refactor/checks/__init__.py", "architecture.md"),
    _asked("Where is the prompt window's anchor moved?", "completion/window.py", "completion/conductor.py"),
    _asked("How does the recall index find the longest match?", "recall/index.py", "recall/library.py"),
    _asked(
        "What is done about clients without inline completion?",
        "lsp/menu.py",
        "architecture.md",
        "CHANGELOG.md",
        "README.md",
    ),
    _asked("How are LM Studio's loaded models found out?", "backends/lmstudio.py"),
    _asked(
        "What is a promise of an action in refactoring?", "checks/promises/__init__.py", "architecture.md"
    ),
    _asked(
        "How does the installer of the extension find the server?",
        "editors/vscode",
        "docs/editors",
        "README.md",
    ),
)
OWN_NOT_THERE = (
    _asked("How are invoices rendered to PDF?"),
    _asked("Where is the shopping basket emptied after checkout?"),
    _asked("Which Kafka topics does the consumer subscribe to?"),
    _asked("How is the neural network trained with PyTorch?"),
    _asked("Where are push notifications sent to Android phones?"),
    _asked("How does the map widget draw satellite tiles?"),
    _asked("Which Django middleware checks CSRF tokens?"),
    _asked("How is audio resampled before playback?"),
    _asked("Where is the LDAP directory synchronised?"),
    _asked("How are Bluetooth devices paired?"),
)
