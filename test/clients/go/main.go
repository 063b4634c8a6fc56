// A service on the Go SDK with nothing but OTEL_* in its environment: spans and metrics, 20 calls a second, every fifth
// call fails, calls take about 60 ms. Usage: service grpc | http
package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

func exporters(ctx context.Context, protocol string) (*otlptrace.Exporter, metric.Exporter, error) {
	if protocol == "grpc" {
		spans, err := otlptracegrpc.New(ctx)
		if err != nil {
			return nil, nil, err
		}
		points, err := otlpmetricgrpc.New(ctx)
		return spans, points, err
	}
	spans, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, nil, err
	}
	points, err := otlpmetrichttp.New(ctx)
	return spans, points, err
}

func run(protocol string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	spans, points, err := exporters(ctx, protocol)
	if err != nil {
		return err
	}
	tracing := sdktrace.NewTracerProvider(sdktrace.WithBatcher(spans))
	defer tracing.Shutdown(context.Background())
	tracer := tracing.Tracer("plain")
	metering := metric.NewMeterProvider(metric.WithReader(metric.NewPeriodicReader(points)))
	defer metering.Shutdown(context.Background())
	meter := metering.Meter("plain")
	sizes, err := meter.Int64Histogram("batch.size")
	if err != nil {
		return err
	}
	depth, err := meter.Int64UpDownCounter("queue.depth")
	if err != nil {
		return err
	}

	calls := time.NewTicker(50 * time.Millisecond)
	defer calls.Stop()
	for count := int64(1); ; count++ {
		select {
		case <-ctx.Done():
			return nil
		case end := <-calls.C:
			failed := count%5 == 0
			status := 200
			if failed {
				status = 503
			}
			_, span := tracer.Start(ctx, "GET /orders/{id}",
				trace.WithSpanKind(trace.SpanKindServer),
				trace.WithTimestamp(end.Add(-60*time.Millisecond)),
				trace.WithAttributes(
					attribute.String("http.request.method", "GET"),
					attribute.String("http.route", "/orders/{id}"),
					attribute.Int("http.response.status_code", status)))
			if failed {
				span.SetStatus(codes.Error, "")
			}
			span.End(trace.WithTimestamp(end))
			sizes.Record(ctx, 100+count%7)
			depth.Add(ctx, 2*(count%2)-1)
		}
	}
}

func main() {
	if len(os.Args) != 2 || (os.Args[1] != "grpc" && os.Args[1] != "http") {
		log.Fatal("usage: service grpc | http")
	}
	if err := run(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}
