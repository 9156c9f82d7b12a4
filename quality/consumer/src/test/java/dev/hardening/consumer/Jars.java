package dev.hardening.consumer;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** Finds the jar of a module and of everything its POM requires, by reading the POM as a user's build would. */
final class Jars {
    private static final Path ROOT = Path.of("..", "..");

    private Jars() {}

    static List<Path> of(String module) throws Exception {
        Set<String> artifacts = new LinkedHashSet<>();
        require(module, artifacts);
        List<Path> jars = new ArrayList<>();
        for (String artifact : artifacts) {
            jars.add(onClassPath(artifact));
        }
        return jars;
    }

    private static void require(String artifact, Set<String> artifacts) throws Exception {
        if (!artifacts.add(artifact) || !artifact.startsWith("hardening-")) {
            return;
        }
        File pom = ROOT.resolve(artifact).resolve("pom.xml").toFile();
        NodeList dependencies = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(pom)
                .getElementsByTagName("dependency");
        for (int i = 0; i < dependencies.getLength(); i++) {
            Element dependency = (Element) dependencies.item(i);
            if (text(dependency, "optional").isEmpty()
                    && text(dependency, "scope").isEmpty()) {
                require(text(dependency, "artifactId"), artifacts);
            }
        }
    }

    private static String text(Element element, String name) {
        NodeList found = element.getElementsByTagName(name);
        return found.getLength() == 0 ? "" : found.item(0).getTextContent();
    }

    private static Path onClassPath(String artifact) {
        Pattern name = Pattern.compile(Pattern.quote(artifact) + "-\\d[^/]*\\.jar");
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            Path path = Path.of(entry);
            if (name.matcher(path.getFileName().toString()).matches() && Files.isRegularFile(path)) {
                return path;
            }
        }
        throw new IllegalStateException("no jar of " + artifact + " on " + System.getProperty("java.class.path"));
    }
}
