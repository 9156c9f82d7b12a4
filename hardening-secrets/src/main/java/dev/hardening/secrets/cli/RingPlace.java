package dev.hardening.secrets.cli;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.jdbc.JdbcRingStore;
import dev.hardening.secrets.ring.FileRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.ring.RingEvent;
import dev.hardening.secrets.ring.RingStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** The ring that a verb works on: where it is kept, what it is called, and what wraps it. */
final class RingPlace {
    /** From the refresh interval on, before which no process can know a key. */
    private static final TimeSpan PROPAGATION = new TimeSpan("10s", "30d");

    private final SecretInput password = new SecretInput("jdbc-password", "password of the database");
    private final KeyEncryption current;
    private final KeyEncryption previous = KeyEncryption.previous();
    private final String usualName;

    /** A ring that must be named, unless a usual name is not empty. */
    RingPlace(String usualName) {
        this(usualName, KeyEncryption.current());
    }

    private RingPlace(String usualName, KeyEncryption current) {
        this.usualName = usualName;
        this.current = current;
    }

    /** A ring that must be named, and is wrapped by what it was not wrapped by before. */
    static RingPlace wrappedAnew() {
        return new RingPlace("", KeyEncryption.fresh());
    }

    /** A ring that is open, and what happened to it in this run. */
    record Opened(KeyRing ring, StoreView store, List<RingEvent> events) {
        RingListing listing() {
            return store.listing(ring.name()).orElseThrow();
        }

        /** Tells what happened and how the keys stand now. */
        Answer told(ParseResult given) {
            boolean dry = Syntax.dry(given);
            Answer answer = new Answer()
                    .line("ring " + ring.name() + ", " + Words.of(ring.kind()) + (dry ? ", dry run" : ""))
                    .with("ring", ring.name())
                    .with("kind", Words.of(ring.kind()))
                    .with("dryRun", dry);
            List<Object> happened = new ArrayList<>();
            for (RingEvent event : events) {
                Map<String, Object> members = new LinkedHashMap<>();
                members.put("event", Words.of(event.kind()));
                members.put("key", event.keyId());
                happened.add(members);
                answer.line((dry ? "would be: " : "")
                        + Words.of(event.kind())
                        + (event.keyId().isEmpty() ? "" : " " + event.keyId()));
            }
            answer.with("events", happened);
            listing().tell(answer);
            return answer;
        }
    }

    void describe(CommandSpec spec) {
        spec.addOption(Syntax.text(
                "--ring",
                "NAME",
                "The name of the ring" + (usualName.isEmpty() ? "." : "; " + usualName + " if nothing else is said.")));
        spec.addOption(Syntax.path("--folder", "FOLDER", "The folder of the ring; or:"));
        spec.addOption(Syntax.text("--jdbc-url", "URL", "The PostgreSQL database of the ring, without a password."));
        spec.addOption(Syntax.text("--jdbc-user", "USER", "The role that reads and updates the table of the rings."));
        password.describe(spec);
        current.describe(spec);
        SecretInput.describeEnvFile(spec);
        spec.addOption(Syntax.text(
                "--propagation", "TIME", "How long a key is pending at least, such as 12m; as the service has it."));
    }

    void describePrevious(CommandSpec spec) {
        previous.describe(spec);
    }

    /** Opens a ring that exists: a name that was mistyped makes no ring. */
    Opened open(ParseResult given, Surroundings here) {
        StoreView store = new StoreView(
                store(given, here, folder -> new FileRingStore(Present.folder(folder))), Syntax.dry(given));
        String name = name(given);
        if (store.load(name).isEmpty()) {
            throw new IllegalStateException("there is no ring " + name + " here; ring create makes one");
        }
        // Of which kind it is stands in its document; if that lies, opening refuses it.
        KeyKind kind = store.listing(name).flatMap(RingListing::kind).orElse(KeyKind.AES_256);
        return open(given, here, store, kind);
    }

    /** Makes a ring that does not exist, and its folder. */
    Opened create(ParseResult given, Surroundings here, KeyKind kind) {
        StoreView store = new StoreView(
                store(given, here, folder -> new NewFolderStore(Present.place(folder))), Syntax.dry(given));
        if (store.load(name(given)).isPresent()) {
            throw new IllegalStateException("there is a ring " + name(given) + " here already");
        }
        return open(given, here, store, kind);
    }

    private Opened open(ParseResult given, Surroundings here, StoreView store, KeyKind kind) {
        List<RingEvent> events = new ArrayList<>();
        KeyRing.Builder builder = KeyRing.builder()
                .name(name(given))
                .kind(kind)
                .store(store)
                .clock(here.clock())
                .ticker(here.ticker())
                .listener(event -> keep(event, events));
        if (Syntax.has(given, "--propagation")) {
            builder.propagation(PROPAGATION.of("--propagation", Syntax.text(given, "--propagation")));
        }
        current.use(given, here, builder::keyEncryptionKey, builder::keyEncryptionKey);
        if (previous.given(given)) {
            previous.use(given, here, builder::previousKeyEncryptionKey, builder::previousKeyEncryptionKey);
        }
        return new Opened(builder.build(), store, events);
    }

    /** What others do at the same time is not what this run did. */
    private static void keep(RingEvent event, List<RingEvent> events) {
        if (event.origin() == RingEvent.Origin.HERE) {
            events.add(event);
        }
    }

    private String name(ParseResult given) {
        String name = given.matchedOptionValue("--ring", usualName);
        if (name.isEmpty()) {
            throw new IllegalArgumentException("--ring must say which ring");
        }
        return Grammar.RING.check("--ring", name);
    }

    private RingStore store(ParseResult given, Surroundings here, Function<Path, RingStore> ofFolder) {
        if (Syntax.has(given, "--folder") == Syntax.has(given, "--jdbc-url")) {
            throw new IllegalArgumentException("--folder or --jdbc-url must say where the ring is kept, one of them");
        }
        if (Syntax.has(given, "--folder")) {
            return ofFolder.apply(
                    Syntax.named("--folder", here.path(given.matchedOptionValue("--folder", Path.of("")))));
        }
        Optional<Secret> secret = password.given(given) ? Optional.of(password.read(given, here)) : Optional.empty();
        return new JdbcRingStore(
                new DriverSource(Syntax.text(given, "--jdbc-url"), Syntax.text(given, "--jdbc-user"), secret));
    }
}
