package dev.hardening.secrets.vault;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.source.SecretReader;
import dev.hardening.secrets.source.SecretReading;
import java.io.IOException;
import java.util.regex.Pattern;

/** Reads the latest version of one secret of the key-value store; each of its fields is a value. */
final class VaultKeyValue implements SecretReader {
    private static final int MOST_FIELDS = 1_000;
    private static final int LARGEST = 64 * 1024;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,253}");

    private final VaultClient client;
    private final String subject;
    private final String path;

    VaultKeyValue(VaultClient client, String mount, String secret) {
        this.client = client;
        this.subject = mount + "/" + secret;
        this.path = mount + "/data/" + secret;
    }

    @Override
    public SecretReading read() {
        SecretReading.Builder reading = SecretReading.builder();
        Parser parser = new Parser(reading);
        try {
            client.read(path, parser::field);
            parser.check(client);
            return reading.build();
        } finally { // wipes what was taken from an answer of which only the first half was well formed
            reading.build().close();
        }
    }

    /** What one answer has shown so far. */
    private final class Parser {
        private final SecretReading.Builder reading;
        private int fields;
        private boolean values;
        private boolean version;

        Parser(SecretReading.Builder reading) {
            this.reading = reading;
        }

        void check(VaultClient asked) {
            if (!values || !version) {
                throw asked.malformed("GET", path);
            }
        }

        void field(String name, JsonParser json) throws IOException {
            if (name.equals("data")) {
                VaultJson.expect(json.currentToken() == JsonToken.START_OBJECT);
                VaultJson.fields(json, this::value);
                values = true;
            } else if (name.equals("metadata")) {
                VaultJson.expect(json.currentToken() == JsonToken.START_OBJECT);
                VaultJson.fields(json, this::metadata);
            } else {
                json.skipChildren();
            }
        }

        private void metadata(String name, JsonParser json) throws IOException {
            if (name.equals("version")) {
                VaultJson.expect(json.currentToken() == JsonToken.VALUE_NUMBER_INT);
                reading.revision(Long.toString(json.getLongValue()));
                version = true;
            } else {
                json.skipChildren();
            }
        }

        private void value(String name, JsonParser json) throws IOException {
            VaultJson.expect(++fields <= MOST_FIELDS);
            if (!NAME.matcher(name).matches()) {
                json.skipChildren();
                reading.finding(subject, "name", "has a field whose name is no name of a secret; it is not read");
            } else if (json.currentToken() != JsonToken.VALUE_STRING) {
                json.skipChildren();
                reading.unusable(name, "not-text", "is not a text");
            } else if (json.getTextLength() == 0) {
                reading.unusable(name, "empty", "has no value");
            } else {
                add(name, VaultJson.text(json));
            }
        }

        private void add(String name, Secret value) {
            if (value.length() > LARGEST) {
                value.close();
                reading.unusable(name, "size", "is larger than " + LARGEST + " bytes");
            } else {
                reading.value(name, value);
            }
        }
    }
}
