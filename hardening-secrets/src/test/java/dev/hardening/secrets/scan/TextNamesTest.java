package dev.hardening.secrets.scan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("secrets:A14")
class TextNamesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                ".env",
                ".env.production",
                "prod.env",
                "home/.ssh/id_rsa",
                "id_ed25519",
                ".aws/credentials",
                "Dockerfile",
                "x/Dockerfile.prod",
                "web.Dockerfile",
                "Makefile",
                "Jenkinsfile",
                "build.gradle",
                "build.gradle.kts",
                "a.html",
                "A.CS",
                "main.c",
                "main.h",
                "main.cpp",
                "x.rs",
                "x.tsx",
                "x.ipynb",
                "x.patch",
                ".bash_history",
                ".git-credentials",
                ".htpasswd",
                ".npmrc",
                "app.properties",
                "application-prod.yml",
                "x.properties.bak",
                ".env.example",
                "id_rsa.old.bak",
                "server.pem"
            })
    void is_nameOfText_isTold(String path) {
        assertEquals(true, TextNames.is(path));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a.png",
                "a.out",
                "a.db.bak",
                "bak",
                ".bak",
                "a.class",
                "a.jar",
                "c",
                "env",
                "html",
                "a.exe",
                "a.sqlite",
                "dir.html/a",
                "a.",
                "",
                "x.crt"
            })
    void is_anyOther_isNot(String path) {
        assertEquals(false, TextNames.is(path));
    }
}
