# A service on the Python SDK with nothing but OTEL_* in its environment: spans and one histogram, 20 calls a second,
# every fifth call fails, calls take about 60 ms. Usage: service.py grpc | http
import sys
import time

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

if sys.argv[1] == "grpc":
    from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
else:
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

tracing = TracerProvider()
tracing.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
tracer = tracing.get_tracer("plain")
metering = MeterProvider(metric_readers=[PeriodicExportingMetricReader(OTLPMetricExporter())])
meter = metering.get_meter("plain")
sizes = meter.create_histogram("batch.size", unit="By")
depth = meter.create_up_down_counter("queue.depth")

calls = 0
while True:
    calls += 1
    failed = calls % 5 == 0
    end = time.time_ns()
    attributes = {"http.request.method": "GET", "http.route": "/orders/{id}", "http.response.status_code": 503 if failed else 200}
    span = tracer.start_span("GET /orders/{id}", kind=SpanKind.SERVER, attributes=attributes, start_time=end - 60_000_000)
    if failed:
        span.set_status(Status(StatusCode.ERROR))
    span.end(end)
    sizes.record(100 + calls % 7)
    depth.add(1 if calls % 2 else -1)
    time.sleep(0.05)
