package dev.hardening.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the documents show is code that compiles, and what they link to is there. */
class DocumentsTest {
    private static final Path ROOT = Path.of("..", "..");
    private static final int README_LINES = 150;
    private static final Pattern JAVA_BLOCK = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL);
    private static final Pattern REGION =
            Pattern.compile("// region [a-z0-9-]+\\n(.*?)[ \\t]*// endregion", Pattern.DOTALL);
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)(#[^)]*)?\\)");

    @Test
    void readme_always_staysOnAFewScreens() throws IOException {
        assertTrue(Files.readString(ROOT.resolve("README.md")).lines().count() < README_LINES);
    }

    @Test
    void javaBlocks_always_areRegionsOfCodeThatRuns() throws IOException {
        Set<String> regions = regions();

        for (Path document : documents()) {
            for (String block : found(JAVA_BLOCK, document)) {
                assertTrue(regions.contains(shape(block)), document + " shows code that nothing runs:\n" + block);
            }
        }
        assertFalse(found(JAVA_BLOCK, ROOT.resolve("README.md")).isEmpty());
    }

    @Test
    void links_always_leadToAFile() throws IOException {
        List<String> broken = new ArrayList<>();
        for (Path document : documents()) {
            for (String target : found(LINK, document)) {
                if (!Files.exists(document.resolveSibling(target))) {
                    broken.add(document + " -> " + target);
                }
            }
        }

        assertEquals(List.of(), broken);
    }

    private static Set<String> regions() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> file.toString().contains("/src/"))
                    .flatMap(file -> found(REGION, file).stream())
                    .map(DocumentsTest::shape)
                    .collect(Collectors.toSet());
        }
    }

    private static List<Path> documents() throws IOException {
        try (Stream<Path> top = Files.list(ROOT);
                Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
            return Stream.concat(top, docs)
                    .filter(file -> file.toString().endsWith(".md"))
                    .toList();
        }
    }

    private static List<String> found(Pattern pattern, Path file) {
        try {
            return pattern.matcher(Files.readString(file))
                    .results()
                    .map((MatchResult match) -> match.group(1))
                    .toList();
        } catch (IOException failure) {
            throw new IllegalStateException(file.toString(), failure);
        }
    }

    /** The text without its indentation: a region stands deeper than a block. */
    private static String shape(String code) {
        return code.lines().map(String::strip).filter(line -> !line.isEmpty()).collect(Collectors.joining("\n"));
    }
}
