package dev.hardening.health.internal;

import dev.hardening.health.HealthAnswer;
import dev.hardening.health.Status;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;

/**
 * The two public formats. Both hold names and statuses alone.
 *
 * <p>MicroProfile Health 4.0 knows only UP and DOWN and wants the whole to be their conjunction, so a check that is down
 * without taking the instance out of traffic reads UP with {@code "data":{"degraded":true}}. {@code health+json}
 * (draft-inadarei-api-health-check-06) has {@code warn} for it.
 */
enum Wire {
    MICROPROFILE("application/json") {
        @Override
        void body(StringBuilder out, Status whole, List<Entry> entries) {
            out.append("{\"status\":\"").append(upOrDown(whole)).append("\",\"checks\":[");
            each(out, entries, Wire::microProfileCheck);
            out.append("]}");
        }
    },
    HEALTH_JSON("application/health+json") {
        @Override
        void body(StringBuilder out, Status whole, List<Entry> entries) {
            out.append("{\"status\":\"").append(passOrFail(whole)).append("\",\"checks\":{");
            each(out, entries, Wire::healthJsonCheck);
            out.append("}}");
        }
    };

    private static final int OK = 200;
    private static final int UNAVAILABLE = 503;
    private static final List<Entry> STALE = List.of(Entry.down("stale"));

    private final String mediaType;

    Wire(String mediaType) {
        this.mediaType = mediaType;
    }

    abstract void body(StringBuilder out, Status whole, List<Entry> entries);

    HealthAnswer render(Status whole, List<Entry> entries) {
        StringBuilder out = new StringBuilder(64 + 64 * entries.size());
        body(out, whole, entries);
        int status = whole == Status.DOWN ? UNAVAILABLE : OK;
        return HealthAnswer.of(status, mediaType, out.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** What is said when nothing recent is known. */
    HealthAnswer stale() {
        return render(Status.DOWN, STALE);
    }

    private static void each(StringBuilder out, List<Entry> entries, BiConsumer<StringBuilder, Entry> writer) {
        for (int i = 0; i < entries.size(); i++) {
            if (i > 0) {
                out.append(',');
            }
            writer.accept(out, entries.get(i));
        }
    }

    private static void microProfileCheck(StringBuilder out, Entry entry) {
        out.append("{\"name\":\"").append(entry.name());
        out.append("\",\"status\":\"").append(upOrDown(entry.status())).append('"');
        if (entry.status() == Status.WARN) {
            out.append(",\"data\":{\"degraded\":true}");
        }
        out.append('}');
    }

    private static void healthJsonCheck(StringBuilder out, Entry entry) {
        out.append('"').append(entry.name());
        out.append("\":[{\"status\":\"").append(passOrFail(entry.status())).append("\"}]");
    }

    private static String upOrDown(Status status) {
        return status == Status.DOWN ? "DOWN" : "UP";
    }

    private static String passOrFail(Status status) {
        return switch (status) {
            case UP -> "pass";
            case WARN -> "warn";
            case DOWN -> "fail";
        };
    }

    /**
     * Chooses the format: {@code health+json} only where the header names it with a quality not below that of
     * {@code application/json}; everything else gets MicroProfile, since a probe must never be answered 406.
     */
    static Wire accepted(String accept) {
        if (accept.length() > MAX_ACCEPT || !accept.toLowerCase(Locale.ROOT).contains(HEALTH_JSON.mediaType)) {
            return MICROPROFILE;
        }
        double draft = 0;
        double plain = 0;
        for (String range : accept.toLowerCase(Locale.ROOT).split(",", -1)) {
            String[] parts = range.split(";", -1);
            draft = parts[0].trim().equals(HEALTH_JSON.mediaType) ? quality(parts) : draft;
            plain = parts[0].trim().equals(MICROPROFILE.mediaType) ? quality(parts) : plain;
        }
        return draft > 0 && draft >= plain ? HEALTH_JSON : MICROPROFILE;
    }

    private static final int MAX_ACCEPT = 1_024;

    private static double quality(String[] parts) {
        for (int i = 1; i < parts.length; i++) {
            String parameter = parts[i].trim();
            if (parameter.startsWith("q=")) {
                return number(parameter.substring(2));
            }
        }
        return 1;
    }

    private static double number(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException notANumber) {
            return 0;
        }
    }
}
