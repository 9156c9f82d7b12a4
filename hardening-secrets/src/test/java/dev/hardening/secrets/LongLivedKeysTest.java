package dev.hardening.secrets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Field;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * No object of the module keeps a symmetric key in a {@code SecretKeySpec}, whose bytes cannot be wiped, nor in a
 * {@code Mac} or {@code Cipher}: what lives longer than a call is held in a {@link Secret}.
 */
@Tag("secrets:S3")
class LongLivedKeysTest {
    private static final List<Class<?>> UNWIPED = List.of(SecretKey.class, Mac.class, Cipher.class);

    @Test
    void fields_always_holdNoKeyThatCannotBeWiped() throws IOException, URISyntaxException, ClassNotFoundException {
        Path root = Path.of(
                Secret.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        List<String> found = new ArrayList<>();
        List<String> packages = List.of("", "/ring", "/jdbc");
        for (String name : packages) {
            for (Class<?> type : types(root, root.resolve("dev/hardening/secrets" + name))) {
                fields(type).map(Field::toString).forEach(found::add);
            }
        }

        assertEquals(List.of(), found);
    }

    @Test
    void search_aFieldOfThatKind_isFound() {
        assertTrue(fields(Holder.class).findAny().isPresent());
    }

    private static final class Holder {
        @SuppressWarnings("unused") // Only there to be found.
        private javax.crypto.spec.SecretKeySpec key;
    }

    private static Stream<Field> fields(Class<?> type) {
        return Arrays.stream(type.getDeclaredFields())
                .filter(field -> UNWIPED.stream().anyMatch(kind -> kind.isAssignableFrom(field.getType())));
    }

    private static List<Class<?>> types(Path root, Path folder) throws IOException, ClassNotFoundException {
        List<Class<?>> types = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file :
                    files.filter(file -> file.toString().endsWith(".class")).toList()) {
                String name = root.relativize(file).toString().replace('/', '.');
                if (!name.endsWith("package-info.class")) {
                    types.add(Class.forName(
                            name.substring(0, name.length() - ".class".length()),
                            false,
                            Secret.class.getClassLoader()));
                }
            }
        }
        assertTrue(types.size() > 1);
        return types;
    }
}
