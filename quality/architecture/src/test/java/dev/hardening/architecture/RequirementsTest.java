package dev.hardening.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each requirement of a finished module is named by a test, and a test names none that there is not. */
class RequirementsTest {
    private static final Path ROOT = Path.of("..", "..");
    private static final Pattern TAG = Pattern.compile("@Tag\\(\"([a-z]+):([A-Z]+[0-9]+)\"\\)");
    // How many there are by letter; a module comes in here with the change that finishes it.
    private static final Map<String, Map<String, Integer>> REQUIREMENTS = Map.of(
            "secrets", Map.of("A", 15, "E", 8, "G", 5, "R", 3, "S", 3, "V", 3, "W", 6),
            "ratelimit", Map.of("A", 24, "C", 3, "E", 7, "G", 5, "H", 6, "L", 4, "M", 4, "O", 6));

    @Test
    void requirements_ofFinishedModules_areEachNamedByATest() throws IOException {
        Map<String, Set<String>> named = named();

        REQUIREMENTS.forEach(
                (module, letters) -> assertEquals(numbers(letters), named.getOrDefault(module, Set.of()), module));
    }

    private static Set<String> numbers(Map<String, Integer> letters) {
        return letters.entrySet().stream()
                .flatMap(letter ->
                        IntStream.rangeClosed(1, letter.getValue()).mapToObj(number -> letter.getKey() + number))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Map<String, Set<String>> named() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> file.toString().contains("/src/test/"))
                    .flatMap(file -> TAG.matcher(read(file)).results())
                    .collect(Collectors.groupingBy(
                            tag -> tag.group(1),
                            TreeMap::new,
                            Collectors.mapping(
                                    (MatchResult tag) -> tag.group(2), Collectors.toCollection(TreeSet::new))));
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
