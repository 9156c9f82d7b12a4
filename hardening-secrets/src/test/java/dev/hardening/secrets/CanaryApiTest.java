package dev.hardening.secrets;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.ring.AesKeyEncryptionKey;
import dev.hardening.secrets.ring.FileRingStore;
import dev.hardening.secrets.ring.InMemoryRingStore;
import dev.hardening.secrets.ring.KeyEncryptionKey;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.ring.PassphraseKeyEncryptionKey;
import dev.hardening.secrets.ring.RingStore;
import dev.hardening.secrets.seal.BlindIndex;
import dev.hardening.secrets.seal.FieldCipher;
import dev.hardening.secrets.seal.SealContext;
import dev.hardening.secrets.seal.Sealer;
import dev.hardening.testing.SeededRandom;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.RuntimeMBeanException;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/**
 * Calls every public method that takes a secret, bytes or characters with a value that occurs nowhere else, and looks for
 * any four characters of it in whatever comes out: results, exceptions, logs, management beans, flight recordings.
 *
 * <p>The methods are found by reflection. What they need beside the canary is taken from two tables: {@link #samples} for
 * the other arguments and {@link #receivers} for the objects they are called on; a new type of the module is covered once
 * it stands there.
 */
@Tag("secrets:S1")
@Tag("secrets:A8")
@Tag("secrets:A9")
class CanaryApiTest {
    // Their types stand for a key or a value by themselves, or belong to a program.
    private static final List<String> LEFT_OUT = List.of("internal", "cli", "servlet", "health");
    // Methods that take what is secret as a string.
    private static final List<String> TEXTS = List.of(
            "FieldCipher.seal",
            "FieldCipher.open",
            "FieldCipher.rewrap",
            "FieldCipher.needsRewrap",
            "BlindIndex.index",
            "BlindIndex.indexes",
            "BodyCipher.open",
            "Secret.of");
    // So short that lengths are refused, 32 bytes as many keys have, and longer.
    private static final int[] LENGTHS = {4, 16, 24};
    private static final int LEAST_CALLS = 20;

    @TempDir
    Path folder;

    private final StringBuilder output = new StringBuilder();
    private final List<String> called = new ArrayList<>();
    private final List<String> unreached = new ArrayList<>();

    @Test
    @ResourceLock(Resources.SYSTEM_ERR)
    @ResourceLock(Resources.SYSTEM_OUT)
    void publicMethods_thatTakeASecret_showNothingOfIt() throws IOException, ParseException, JMException {
        Random random = SeededRandom.of("CanaryApiTest");
        List<String> canaries = new ArrayList<>();
        PrintStream error = System.err;
        PrintStream out = System.out;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        Path flight = folder.resolve("flight.jfr");
        try (Recording recording = new Recording(Configuration.getConfiguration("profile"))) {
            recording.start();
            System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
            System.setOut(new PrintStream(log, true, StandardCharsets.UTF_8));
            for (int length : LENGTHS) {
                String canary = CanaryTest.canary(random, length);
                canaries.add(canary);
                callAll(canary);
            }
            output.append(beans());
            recording.stop();
            recording.dump(flight);
        } finally {
            System.setErr(error);
            System.setOut(out);
        }
        output.append(log.toString(StandardCharsets.UTF_8));
        RecordingFile.readAllEvents(flight)
                .forEach(event -> output.append(event).append('\n'));

        canaries.forEach(this::assertNothingOf);
        List<String> reached = called.stream().distinct().toList();
        System.out.println("called " + reached + ", not called "
                + unreached.stream().distinct().toList());
        assertTrue(reached.size() >= LEAST_CALLS, reached.toString());
    }

    @Test
    void search_fourCharactersOfACanary_areFound() {
        String canary = CanaryTest.canary(SeededRandom.of("CanaryApiTest.search"), 24);

        note("x" + canary.substring(17, 21));

        assertThrows(AssertionError.class, () -> assertNothingOf(canary));
    }

    private void assertNothingOf(String canary) {
        byte[] bytes = canary.getBytes(StandardCharsets.UTF_8);
        String text = output.toString();
        CanaryTest.assertNothingOf(canary, text);
        assertFalse(text.contains(HexFormat.of().formatHex(bytes)));
        assertFalse(text.contains(Base64.getEncoder().withoutPadding().encodeToString(bytes)));
        assertFalse(text.contains(Arrays.toString(bytes)));
    }

    private void callAll(String canary) throws IOException {
        for (Class<?> type : publicTypes()) {
            executables(type)
                    .filter(method -> Modifier.isPublic(method.getModifiers()) && !method.isSynthetic())
                    .filter(method -> TEXTS.contains(name(method))
                            || Arrays.stream(method.getParameterTypes()).anyMatch(CanaryApiTest::secret))
                    .forEach(method -> call(method, canary));
        }
    }

    /** None where an optional library is missing that the type stands on. */
    private static Stream<Executable> executables(Class<?> type) {
        try {
            return Stream.concat(
                    Arrays.stream(type.getDeclaredMethods()), Arrays.stream(type.getDeclaredConstructors()));
        } catch (NoClassDefFoundError missing) {
            return Stream.empty();
        }
    }

    private static String name(Executable method) {
        return method.getDeclaringClass().getSimpleName() + "." + method.getName();
    }

    private static boolean secret(Class<?> type) {
        return type == Secret.class || type == byte[].class || type == char[].class;
    }

    private void call(Executable method, String canary) {
        String name = name(method);
        Optional<Object> receiver = Modifier.isStatic(method.getModifiers()) || !(method instanceof Method)
                ? Optional.of(name)
                : receiver(method.getDeclaringClass(), canary);
        Map<Class<?>, Object> samples = samples(canary);
        if (TEXTS.contains(name)) {
            samples.put(String.class, canary);
        }
        boolean callable = Arrays.stream(method.getParameterTypes()).allMatch(samples::containsKey);
        if (receiver.isEmpty() || !callable) {
            unreached.add(name);
            return;
        }
        called.add(name);
        Object[] arguments =
                Arrays.stream(method.getParameterTypes()).map(samples::get).toArray();
        try {
            Object result = method instanceof Method ordinary
                    ? ordinary.invoke(receiver.get(), arguments)
                    : ((Constructor<?>) method).newInstance(arguments);
            note(result);
            note(receiver.get());
        } catch (InvocationTargetException thrown) {
            output.append(CanaryTest.trace(thrown.getCause())).append('\n');
        } catch (ReflectiveOperationException impossible) {
            throw new LinkageError(name, impossible);
        }
    }

    private void note(Object result) {
        output.append(result).append(String.format("%s", result)).append('\n');
        if (result instanceof byte[] bytes) {
            output.append(new String(bytes, StandardCharsets.UTF_8)).append('\n');
        }
        if (result instanceof KeyRing.Builder ring) {
            try {
                note(ring.build());
            } catch (SecretsConfigurationException | SecretsUnavailableException refused) {
                output.append(CanaryTest.trace(refused)).append('\n');
            }
        }
    }

    /** What the arguments beside the canary may be; the canary is one of them. */
    private Map<Class<?>, Object> samples(String canary) {
        Map<Class<?>, Object> samples = new HashMap<>();
        samples.put(Secret.class, Secret.of(canary));
        samples.put(byte[].class, canary.getBytes(StandardCharsets.UTF_8));
        samples.put(char[].class, canary.toCharArray());
        samples.put(String.class, "name");
        samples.put(Path.class, folder.resolve("missing.p12"));
        samples.put(int.class, 32);
        samples.put(long.class, 1L);
        samples.put(SealContext.class, SealContext.of("user", "email", "4711"));
        return samples;
    }

    /** What the methods are called on, made anew for each call. */
    private Map<Class<?>, Supplier<Object>> receivers(String canary) {
        Map<Class<?>, Supplier<Object>> receivers = new HashMap<>();
        receivers.put(Secret.class, () -> Secret.of(canary));
        receivers.put(PrivateFile.class, () -> PrivateFile.at(folder.resolve("missing/file")));
        receivers.put(KeyEncryptionKey.class, () -> AesKeyEncryptionKey.of(Secret.of("k".repeat(32))));
        receivers.put(AesKeyEncryptionKey.class, () -> AesKeyEncryptionKey.of(Secret.of("k".repeat(32))));
        receivers.put(
                PassphraseKeyEncryptionKey.class,
                () -> PassphraseKeyEncryptionKey.builder()
                        .id("id")
                        .passphrase(Secret.of(canary + canary))
                        .iterations(210_000)
                        .build());
        receivers.put(
                PassphraseKeyEncryptionKey.Builder.class,
                () -> PassphraseKeyEncryptionKey.builder().id("no id"));
        receivers.put(
                KeyRing.Builder.class,
                () -> KeyRing.builder()
                        .name("ring")
                        .kind(KeyKind.HMAC_256)
                        .store(new InMemoryRingStore())
                        .keyEncryptionKey(Secret.of("k".repeat(32))));
        receivers.put(RingStore.class, InMemoryRingStore::new);
        receivers.put(InMemoryRingStore.class, InMemoryRingStore::new);
        receivers.put(FileRingStore.class, () -> new FileRingStore(folder.resolve("missing")));
        receivers.put(Sealer.class, () -> Sealer.of(ring()));
        receivers.put(FieldCipher.class, () -> Sealer.of(ring()).field("user", "email"));
        receivers.put(BlindIndex.class, () -> BlindIndex.of(Secret.of("k".repeat(32)), "user", "email"));
        return receivers;
    }

    private static KeyRing ring() {
        return KeyRing.builder()
                .name("data")
                .kind(KeyKind.AES_256)
                .store(new InMemoryRingStore())
                .keyEncryptionKey(Secret.of("k".repeat(32)))
                .build();
    }

    /** From the table; a builder that is not in it from the type that it builds. */
    private Optional<Object> receiver(Class<?> type, String canary) {
        Supplier<Object> listed = receivers(canary).get(type);
        if (listed != null) {
            return Optional.of(listed.get());
        }
        try {
            return type.getSimpleName().equals("Builder")
                    ? Optional.ofNullable(
                            type.getEnclosingClass().getMethod("builder").invoke(null))
                    : Optional.empty();
        } catch (ReflectiveOperationException none) {
            return Optional.empty();
        }
    }

    private static List<Class<?>> publicTypes() throws IOException {
        try {
            Path root = Path.of(Secret.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            try (Stream<Path> files = Files.walk(root)) {
                return files.map(file -> root.relativize(file).toString().replace('/', '.'))
                        .filter(name -> name.endsWith(".class") && name.startsWith("dev.hardening.secrets."))
                        .map(name -> name.substring(0, name.length() - ".class".length()))
                        .filter(name -> LEFT_OUT.stream().noneMatch(left -> name.contains(".secrets." + left + ".")))
                        .filter(name -> !name.endsWith("package-info"))
                        .sorted()
                        .<Class<?>>map(CanaryApiTest::load)
                        .filter(type -> Modifier.isPublic(type.getModifiers()))
                        .collect(Collectors.toList());
            }
        } catch (URISyntaxException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name, false, CanaryApiTest.class.getClassLoader());
        } catch (ClassNotFoundException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static String beans() throws JMException {
        StringBuilder all = new StringBuilder();
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        for (ObjectName name : server.queryNames(null, null)) {
            for (MBeanAttributeInfo attribute : server.getMBeanInfo(name).getAttributes()) {
                try {
                    all.append(name).append(server.getAttribute(name, attribute.getName()));
                } catch (JMException | RuntimeMBeanException unreadable) {
                    all.append(name).append(" cannot be read");
                }
            }
        }
        return all.toString();
    }
}
